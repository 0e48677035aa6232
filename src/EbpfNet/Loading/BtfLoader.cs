using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>The object's types in the kernel: programs and maps refer to them.</summary>
/// <param name="Handle">The descriptor; <see langword="null"/> when the object has no BTF, or the kernel takes none or not this.</param>
/// <param name="Refusal">Why the kernel has not taken it, as a sentence without a final full stop.</param>
internal readonly record struct LoadedBtf(BpfHandle? Handle, string? Refusal) : IDisposable
{
    public void Dispose() => Handle?.Dispose();
}

/// <summary>
/// Hands BTF to the kernel. A refusal is no failure by itself: most programs do without, and the error for one that does not says what
/// the kernel disliked.
/// </summary>
internal static unsafe class BtfLoader
{
    /// <exception cref="BpfSyscallException">The kernel could not even look at it: no memory, no descriptor left.</exception>
    public static LoadedBtf Load(ReadOnlyMemory<byte> btf, string objectName, int logLimit, BpfHandle? token = null)
    {
        if (KernelProbes.Btf.IsKnownMissing)
        {
            return new LoadedBtf(null, "this kernel takes no BTF at all");
        }

        BtfFeatures leftOut = BtfProbes.FindKnownMissing();
        ReadOnlyMemory<byte> original = btf;
        btf = leftOut == BtfFeatures.None ? btf : BtfSanitizer.Sanitize(BtfSpec.Parse(original), leftOut);
        var silent = default(KernelLogBuffer);
        BpfErrno error = Invoke(btf, token, ref silent, out BpfHandle? handle);
        if (error == BpfErrno.EINVAL && FindMore(original, leftOut) is { } sanitized)
        {
            btf = sanitized;
            error = Invoke(btf, token, ref silent, out handle);
        }

        if (error == BpfErrno.None)
        {
            return new LoadedBtf(handle, null);
        }

        // With a log now, for the reason; a refusal that was due to the moment (a signal, memory) may also be over.
        BpfErrno again = KernelLog.Invoke((ref log, out handle) => Invoke(btf, token, ref log, out handle), level: 1, logLimit, out handle, out string log);
        if (handle is not null)
        {
            return new LoadedBtf(handle, null);
        }

        if (again.IsOfTheMoment())
        {
            // Says nothing about the types; going on without them would only fail later, and elsewhere.
            throw SyscallErrors.Create(again, BpfCommand.BtfLoad, $"load the types of object '{objectName}'");
        }

        string reason = Describe(again == BpfErrno.ENOSPC ? error : again, log);
        EbpfNetEventSource.Log.BtfRefused(objectName, reason, log);
        return new LoadedBtf(null, reason);
    }

    /// <summary>The types without what this kernel is found not to take; <see langword="null"/> when that is no more than was left out already.</summary>
    private static byte[]? FindMore(ReadOnlyMemory<byte> btf, BtfFeatures leftOut)
    {
        BtfSpec spec = BtfSpec.Parse(btf);
        BtfFeatures missing = BtfProbes.FindMissing(BtfSanitizer.FindUsed(spec));
        return (missing & ~leftOut) == BtfFeatures.None ? null : BtfSanitizer.Sanitize(spec, missing | leftOut);
    }

    private static string Describe(BpfErrno error, string log)
    {
        if (error is BpfErrno.EINVAL && log.Length == 0 && KernelProbes.Btf.IsMissing)
        {
            return "this kernel takes no BTF at all";
        }

        string lastLine = log.AsSpan().TrimEnd().ToString().Split('\n')[^1].Trim();
        return lastLine.Length == 0 ? $"the kernel refused the object's BTF with {error}" : $"the kernel refused the object's BTF with {error} ({lastLine.TrimEnd('.')})";
    }

    private static BpfErrno Invoke(ReadOnlyMemory<byte> btf, BpfHandle? token, ref KernelLogBuffer log, out BpfHandle? handle)
    {
        using var held = new BpfHandleSet();
        fixed (byte* data = btf.Span)
        {
            var attribute = new BtfLoadAttribute { Btf = data, BtfSize = (uint)btf.Length, BtfLogBuf = log.Start, BtfLogSize = log.Size, BtfLogLevel = log.Level };
            if (token is not null)
            {
                attribute.BtfFlags = (uint)BpfProgramFlags.TokenFd; // One number for all requests.
                attribute.BtfTokenFd = held.Hold(token);
            }

            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.BtfLoad, &attribute, out handle);
            log.NeededSize = attribute.BtfLogTrueSize;
            return error;
        }
    }
}

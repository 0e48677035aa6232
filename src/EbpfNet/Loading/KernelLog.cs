using System.Text;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>Where the kernel writes its log during one call.</summary>
internal unsafe ref struct KernelLogBuffer
{
    public byte* Start;
    public uint Size;
    public uint Level;

    /// <summary>How much the whole log needs, with its NUL, where the kernel tells (Linux 6.4); else 0.</summary>
    public uint NeededSize;
}

/// <summary>A call that writes a log and makes a descriptor: loading a program or BTF.</summary>
internal delegate BpfErrno LoggedCall(ref KernelLogBuffer log, out BpfHandle? handle);

/// <summary>Calls with a log buffer that grows until the log fits.</summary>
internal static unsafe class KernelLog
{
    /// <summary>The most that kernels before 5.2 take.</summary>
    public const int DefaultLimit = 0xff_ffff;

    /// <summary>The least that every kernel takes.</summary>
    public const int MinimumSize = 128;

    private const int FirstSize = 64 * 1024;

    /// <summary>Makes the call with a log.</summary>
    /// <param name="call">The call.</param>
    /// <param name="level">The log's level, never 0: the kernel refuses a buffer without a level.</param>
    /// <param name="limit">The largest buffer in bytes.</param>
    /// <param name="handle">The new descriptor.</param>
    /// <param name="log">The log; when it is larger than <paramref name="limit"/>, its end (Linux 6.4) or its start (before).</param>
    /// <returns>What the call returned: <see cref="BpfErrno.ENOSPC"/> when the log is larger than <paramref name="limit"/>.</returns>
    public static BpfErrno Invoke(LoggedCall call, uint level, int limit, out BpfHandle? handle, out string log)
    {
        int size = Math.Min(FirstSize, limit);
        while (true)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(size);
            bytes[0] = 0; // A call that is refused before the verifier runs writes nothing.
            BpfErrno error;
            uint needed;
            fixed (byte* start = bytes)
            {
                var buffer = new KernelLogBuffer { Start = start, Size = (uint)size, Level = level };
                error = call(ref buffer, out handle);
                needed = buffer.NeededSize;
            }

            if (error == BpfErrno.ENOSPC && size < limit)
            {
                size = (int)Math.Min(limit, Math.Max(needed, size * 4L));
                continue;
            }

            int end = Array.IndexOf(bytes, (byte)0);
            log = Encoding.UTF8.GetString(bytes, 0, end < 0 ? bytes.Length : end);
            return error;
        }
    }
}

using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What loading tracing programs has to know of the kernel.</summary>
internal static unsafe class TracingProbes
{
    private const ulong ReturnZero = 0x00000000_000000b7; // r0 = 0
    private const ulong Exit = 0x00000000_00000095;
    private const ulong CallHelper = 0x00000000_00000085;

    /// <summary>One link attaches a program to many places of a file (Linux 6.6).</summary>
    public static readonly FeatureProbe UprobeMultiLinks = new(() => TryUprobeMulti(process: 0, BpfErrno.EBADF));

    /// <summary>Such a link is for one process, if that is asked for (Linux 6.10; kernels before that were not mended take a process for its first thread).</summary>
    public static readonly FeatureProbe UprobeMultiProcesses = new(() => TryUprobeMulti(process: uint.MaxValue, BpfErrno.EINVAL));

    /// <summary>Programs on raw tracepoints are told a number of their attachment's (Linux 6.10): asked of the verifier, as the helper came with it.</summary>
    public static readonly FeatureProbe RawTracepointCookies = new(() =>
    {
        ulong[] code = [CallHelper | ((ulong)BpfHelper.GetAttachCookie << 32), ReturnZero, Exit];
        return KernelProbes.Compare(() => KernelProbes.TryCode(BpfProgramType.RawTracepoint, code), () => KernelProbes.TryCode(BpfProgramType.RawTracepoint, [ReturnZero, Exit]));
    });

    /// <summary>One link attaches a program to many functions of the kernel (Linux 5.18, built with <c>CONFIG_FPROBE</c>).</summary>
    public static readonly FeatureProbe KprobeMultiLinks = new(() => TryKprobeMulti(BpfAttachType.TraceKprobeMulti));

    /// <summary>The same with entry and return as one (Linux 6.10).</summary>
    public static readonly FeatureProbe KprobeSessions = new(() => TryKprobeMulti(BpfAttachType.TraceKprobeSession));

    private static FeatureAnswer TryKprobeMulti(BpfAttachType type)
    {
        BpfErrno error = SmallestProgram.TryLoad(BpfProgramType.Kprobe, result: 0, type, attachBtfId: 0, out BpfHandle? handle);
        if (handle is null)
        {
            return error is BpfErrno.EINVAL or BpfErrno.E2BIG ? FeatureAnswer.No : FeatureAnswer.Inconclusive;
        }

        using (handle)
        {
            // Nothing has this name; a kernel that looks for it has such links.
            error = MultiProbeRequests.CreateKprobe(handle, type, ["0"], null, isReturn: false, out BpfHandle? link);
            link?.Dispose();
            return error switch
            {
                BpfErrno.ESRCH or BpfErrno.ENOENT => FeatureAnswer.Yes,
                BpfErrno.EINVAL or BpfErrno.EOPNOTSUPP => FeatureAnswer.No,
                _ => FeatureAnswer.Inconclusive,
            };
        }
    }

    /// <summary>Asks for a link to a place in a folder, which has no code: EBADF comes from behind all checks of the request but that of the process, which knows no minus one.</summary>
    private static FeatureAnswer TryUprobeMulti(uint process, BpfErrno sign)
    {
        BpfErrno error = SmallestProgram.TryLoad(BpfProgramType.Kprobe, result: 0, BpfAttachType.TraceUprobeMulti, attachBtfId: 0, out BpfHandle? handle);
        if (handle is null)
        {
            return error is BpfErrno.EINVAL or BpfErrno.E2BIG ? FeatureAnswer.No : FeatureAnswer.Inconclusive;
        }

        using (handle)
        {
            error = TryLink(handle, process);
            return error == sign ? (process == 0 || TryLink(handle, process: 0) == BpfErrno.EBADF ? FeatureAnswer.Yes : FeatureAnswer.No)
                : error is BpfErrno.EPERM or BpfErrno.ENOMEM ? FeatureAnswer.Inconclusive
                : FeatureAnswer.No;
        }
    }

    private static BpfErrno TryLink(BpfHandle program, uint process)
    {
        byte* root = stackalloc byte[] { (byte)'/', 0 };
        ulong offset = 0;
        var attribute = new LinkCreateAttribute
        {
            AttachType = BpfAttachType.TraceUprobeMulti,
            UprobeMultiPath = root,
            UprobeMultiOffsets = &offset,
            UprobeMultiCount = 1,
            UprobeMultiProcess = process,
        };
        BpfErrno error = KernelLinks.Create(program, attribute, out BpfHandle? link);
        link?.Dispose();
        return error;
    }
}

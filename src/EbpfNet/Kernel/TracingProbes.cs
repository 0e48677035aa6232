using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What loading tracing programs has to know of the kernel.</summary>
internal static unsafe class TracingProbes
{
    /// <summary>
    /// One link attaches a program to many places of a file, and to one process if that is asked for (Linux 6.6; kernels before 6.10 that were not mended took a process for
    /// its first thread, which is as good as not at all).
    /// </summary>
    public static readonly FeatureProbe UprobeMultiLinks = new(TryUprobeMulti);

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

    private static FeatureAnswer TryUprobeMulti()
    {
        BpfErrno error = SmallestProgram.TryLoad(BpfProgramType.Kprobe, result: 0, BpfAttachType.TraceUprobeMulti, attachBtfId: 0, out BpfHandle? handle);
        if (handle is null)
        {
            return error is BpfErrno.EINVAL or BpfErrno.E2BIG ? FeatureAnswer.No : FeatureAnswer.Inconclusive;
        }

        using (handle)
        {
            // A folder has no code: EBADF comes from behind all checks of the request but that of the process, which knows no minus one.
            return (TryLink(handle, process: 0), TryLink(handle, process: uint.MaxValue)) switch
            {
                (BpfErrno.EBADF, BpfErrno.EINVAL) => FeatureAnswer.Yes,
                (BpfErrno.EPERM or BpfErrno.ENOMEM, _) => FeatureAnswer.Inconclusive,
                _ => FeatureAnswer.No,
            };
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

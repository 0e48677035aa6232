using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What the kernel can do with programs on perf events.</summary>
internal static unsafe class PerfEventProbes
{
    private const ulong ReturnZero = 0x00000000_000000b7; // r0 = 0
    private const ulong Exit = 0x00000000_00000095;

    /// <summary>Links hold programs on tracepoints, probes and perf events, with a number for each (Linux 5.15); before, the event itself does.</summary>
    public static readonly FeatureProbe Links = new(TryLink);

    /// <summary>Probes on kernel functions are perf events of their own (Linux 4.17, built with <c>CONFIG_KPROBES</c>); before, tracefs defines them.</summary>
    public static readonly FeatureProbe KernelProbeEvents = new(() => ProbeUnit.Kernel.IsThere());

    /// <summary>The same for functions of programs and libraries (Linux 4.17, built with <c>CONFIG_UPROBES</c>).</summary>
    public static readonly FeatureProbe UserProbeEvents = new(() => ProbeUnit.User.IsThere());

    /// <summary>What the answer to a link to a descriptor that is none means.</summary>
    internal static FeatureAnswer JudgeLink(BpfErrno error) => error switch
    {
        BpfErrno.EBADF => FeatureAnswer.Yes,
        BpfErrno.EINVAL => FeatureAnswer.No, // Also a kernel without links.
        _ => FeatureAnswer.Inconclusive,
    };

    private static FeatureAnswer TryLink()
    {
        ulong* code = stackalloc ulong[] { ReturnZero, Exit };
        byte* license = stackalloc byte[] { 0 };
        var load = new ProgramLoadAttribute { ProgType = BpfProgramType.Tracepoint, Insns = code, InsnCnt = 2, License = license, KernVersion = RunningKernel.VersionCode };
        _ = BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &load, out BpfHandle? program);
        if (program is null)
        {
            return FeatureAnswer.Inconclusive;
        }

        using (program)
        {
            BpfErrno error = KernelLinks.Create(program, new LinkCreateAttribute { TargetFd = -1, AttachType = BpfAttachType.PerfEvent }, out BpfHandle? link);
            link?.Dispose();
            return JudgeLink(error);
        }
    }
}

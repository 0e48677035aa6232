using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What the kernel can do with programs on perf events.</summary>
internal static class PerfEventProbes
{
    /// <summary>Links hold programs on tracepoints, probes and perf events, with a number for each (Linux 5.15); before, the event itself does.</summary>
    public static readonly FeatureProbe Links = new(() => SmallestProgram.TryLinkToNothing(BpfProgramType.Tracepoint, BpfAttachType.PerfEvent));

    /// <summary>Probes on kernel functions are perf events of their own (Linux 4.17, built with <c>CONFIG_KPROBES</c>); before, tracefs defines them.</summary>
    public static readonly FeatureProbe KernelProbeEvents = new(() => ProbeUnit.Kernel.IsThere());

    /// <summary>The same for functions of programs and libraries (Linux 4.17, built with <c>CONFIG_UPROBES</c>).</summary>
    public static readonly FeatureProbe UserProbeEvents = new(() => ProbeUnit.User.IsThere());
}

using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What the kernel's network namespaces can do, found by trying it.</summary>
internal static class NetnsProbes
{
    /// <summary>Whether programs are attached to network namespaces through links (flow dissectors: Linux 5.8).</summary>
    public static readonly FeatureProbe Links = new(() =>
        SmallestProgram.TryLinkToNothing(BpfProgramType.FlowDissector, BpfAttachType.FlowDissector, expectedAttachType: BpfAttachType.FlowDissector));
}

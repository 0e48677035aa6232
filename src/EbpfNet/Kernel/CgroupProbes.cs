using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What the kernel's control groups can do, found by trying it.</summary>
internal static class CgroupProbes
{
    /// <summary>Whether programs are attached to control groups through links (Linux 5.7).</summary>
    public static readonly FeatureProbe Links = new(() => SmallestProgram.TryLinkToNothing(BpfProgramType.CgroupSkb, BpfAttachType.CgroupInetIngress, result: 1));
}

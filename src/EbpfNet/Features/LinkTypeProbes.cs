using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>Which kinds of link the kernel has: what is attached goes with its descriptor.</summary>
internal static class LinkTypeProbes
{
    private const int NoDescriptor = -1;
    private const uint NoFamily = 0; // PF_UNSPEC: Netfilter has no hooks of it.

    public static FeatureFinding Try(BpfLinkType type) => type switch
    {
        BpfLinkType.RawTracepoint => CommandProbes.Links.Find(), // Whatever RAW_TRACEPOINT_OPEN gives is a link since there are links.
        BpfLinkType.Tracing => CommandProbes.Links.Find() is { Answer: not FeatureAnswer.Yes } none ? none : ProgramTypeProbes.Try(BpfProgramType.Tracing),
        BpfLinkType.Cgroup => AttachTypeProbes.TryLink(new ProgramForm(BpfProgramType.CgroupSkb), ToNothing(BpfAttachType.CgroupInetEgress)),
        BpfLinkType.Iter => CommandProbes.Iterators.Find() is { Answer: not FeatureAnswer.Yes } none ? none : AttachTypeProbes.Try(BpfAttachType.TraceIter),
        BpfLinkType.NetNs => AttachTypeProbes.TryLink(new ProgramForm(BpfProgramType.FlowDissector), ToNothing(BpfAttachType.FlowDissector)),
        BpfLinkType.Xdp => XdpProbes.Links.Find(),
        BpfLinkType.PerfEvent => AttachTypeProbes.Try(BpfAttachType.PerfEvent),
        BpfLinkType.KprobeMulti => AttachTypeProbes.Try(BpfAttachType.TraceKprobeMulti),
        BpfLinkType.StructOps => AttachTypeProbes.Try(BpfAttachType.StructOps),
        BpfLinkType.Netfilter => AttachTypeProbes.TryLink(
            new ProgramForm(BpfProgramType.Netfilter, BpfAttachType.Netfilter, Result: 1),
            new LinkCreateAttribute { AttachType = BpfAttachType.Netfilter, NetfilterFamily = NoFamily }),
        BpfLinkType.Tcx => AttachTypeProbes.Try(BpfAttachType.TcxIngress),
        BpfLinkType.UprobeMulti => AttachTypeProbes.Try(BpfAttachType.TraceUprobeMulti),
        BpfLinkType.Netkit => AttachTypeProbes.Try(BpfAttachType.NetkitPrimary),
        BpfLinkType.SockMap => SockMapProbes.Links.Find(),
        BpfLinkType.TracingMulti => AttachTypeProbes.Try(BpfAttachType.TraceFentryMulti),
        _ => FeatureAnswer.No,
    };

    private static LinkCreateAttribute ToNothing(BpfAttachType type) => new() { TargetFd = NoDescriptor, AttachType = type };
}

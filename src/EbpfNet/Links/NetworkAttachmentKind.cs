namespace EbpfNet;

/// <summary>The kinds of attachment to the network that no link holds.</summary>
public enum NetworkAttachmentKind
{
    /// <summary>XDP, by netlink.</summary>
    Xdp = 0,

    /// <summary>A filter of an interface (<c>cls_bpf</c>, <c>act_bpf</c>), by netlink.</summary>
    TcFilter = 1,

    /// <summary>tcx, by <c>BPF_PROG_ATTACH</c>.</summary>
    Tcx = 2,

    /// <summary>A netkit device, by <c>BPF_PROG_ATTACH</c>.</summary>
    Netkit = 3,

    /// <summary>A route (lightweight tunnel), by netlink.</summary>
    Lwt = 4,
}

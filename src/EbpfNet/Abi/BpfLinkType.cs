namespace EbpfNet.Abi;

/// <summary>The kinds of link (<c>enum bpf_link_type</c>): what an attachment that a file descriptor holds is attached to.</summary>
public enum BpfLinkType : uint
{
    /// <summary>No kind. <c>BPF_LINK_TYPE_UNSPEC</c>.</summary>
    Unspecified = 0,

    /// <summary>A raw tracepoint. <c>BPF_LINK_TYPE_RAW_TRACEPOINT</c>, Linux 5.7.</summary>
    RawTracepoint = 1,

    /// <summary>A function's entry or exit, a BTF-typed tracepoint, a security hook, or a replaced BPF function. <c>BPF_LINK_TYPE_TRACING</c>, Linux 5.7.</summary>
    Tracing = 2,

    /// <summary>A hook of a control group. <c>BPF_LINK_TYPE_CGROUP</c>, Linux 5.7.</summary>
    Cgroup = 3,

    /// <summary>An iterator. <c>BPF_LINK_TYPE_ITER</c>, Linux 5.8.</summary>
    Iter = 4,

    /// <summary>A hook of a network namespace. <c>BPF_LINK_TYPE_NETNS</c>, Linux 5.8.</summary>
    NetNs = 5,

    /// <summary>A network device's XDP hook. <c>BPF_LINK_TYPE_XDP</c>, Linux 5.9.</summary>
    Xdp = 6,

    /// <summary>A perf event, kprobe, uprobe or tracepoint. <c>BPF_LINK_TYPE_PERF_EVENT</c>, Linux 5.15.</summary>
    PerfEvent = 7,

    /// <summary>Many kernel functions. <c>BPF_LINK_TYPE_KPROBE_MULTI</c>, Linux 5.18.</summary>
    KprobeMulti = 8,

    /// <summary>A map of kernel functions. <c>BPF_LINK_TYPE_STRUCT_OPS</c>, Linux 6.4.</summary>
    StructOps = 9,

    /// <summary>A netfilter hook. <c>BPF_LINK_TYPE_NETFILTER</c>, Linux 6.4.</summary>
    Netfilter = 10,

    /// <summary>A network device's traffic control hook. <c>BPF_LINK_TYPE_TCX</c>, Linux 6.6.</summary>
    Tcx = 11,

    /// <summary>Many user-space functions. <c>BPF_LINK_TYPE_UPROBE_MULTI</c>, Linux 6.6.</summary>
    UprobeMulti = 12,

    /// <summary>A netkit device. <c>BPF_LINK_TYPE_NETKIT</c>, Linux 6.7.</summary>
    Netkit = 13,

    /// <summary>A socket map. <c>BPF_LINK_TYPE_SOCKMAP</c>, Linux 6.10.</summary>
    SockMap = 14,

    /// <summary>Entry or exit of many kernel functions. <c>BPF_LINK_TYPE_TRACING_MULTI</c>, Linux 7.2.</summary>
    TracingMulti = 15,
}

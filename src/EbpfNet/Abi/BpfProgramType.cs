namespace EbpfNet.Abi;

/// <summary>The kinds of BPF program (<c>enum bpf_prog_type</c>): where it may run, what it is given, which helpers it may call.</summary>
public enum BpfProgramType : uint
{
    /// <summary>No kind; the kernel refuses to load a program of it. <c>BPF_PROG_TYPE_UNSPEC</c>.</summary>
    Unspecified = 0,

    /// <summary>Filters what a socket receives. <c>BPF_PROG_TYPE_SOCKET_FILTER</c>, Linux 3.19.</summary>
    SocketFilter = 1,

    /// <summary>Runs at a kprobe, uprobe, their return forms, or a USDT probe. <c>BPF_PROG_TYPE_KPROBE</c>, Linux 4.1.</summary>
    Kprobe = 2,

    /// <summary>Classifies packets in traffic control (tc, tcx, netkit). <c>BPF_PROG_TYPE_SCHED_CLS</c>, Linux 4.1.</summary>
    SchedCls = 3,

    /// <summary>An action of traffic control. <c>BPF_PROG_TYPE_SCHED_ACT</c>, Linux 4.1.</summary>
    SchedAct = 4,

    /// <summary>Runs at a kernel tracepoint. <c>BPF_PROG_TYPE_TRACEPOINT</c>, Linux 4.7.</summary>
    Tracepoint = 5,

    /// <summary>Sees each packet at the network driver, before the kernel's stack does. <c>BPF_PROG_TYPE_XDP</c>, Linux 4.8.</summary>
    Xdp = 6,

    /// <summary>Runs when a perf event overflows. <c>BPF_PROG_TYPE_PERF_EVENT</c>, Linux 4.9.</summary>
    PerfEvent = 7,

    /// <summary>Filters packets that a control group receives or sends. <c>BPF_PROG_TYPE_CGROUP_SKB</c>, Linux 4.10.</summary>
    CgroupSkb = 8,

    /// <summary>Runs when a control group's process makes, binds or releases a socket. <c>BPF_PROG_TYPE_CGROUP_SOCK</c>, Linux 4.10.</summary>
    CgroupSock = 9,

    /// <summary>Runs for packets that arrive over a lightweight tunnel route. <c>BPF_PROG_TYPE_LWT_IN</c>, Linux 4.10.</summary>
    LwtIn = 10,

    /// <summary>Runs for packets that leave over a lightweight tunnel route. <c>BPF_PROG_TYPE_LWT_OUT</c>, Linux 4.10.</summary>
    LwtOut = 11,

    /// <summary>Runs when a lightweight tunnel route transmits, and may change headers. <c>BPF_PROG_TYPE_LWT_XMIT</c>, Linux 4.10.</summary>
    LwtXmit = 12,

    /// <summary>Follows the life of a control group's TCP connections and tunes them. <c>BPF_PROG_TYPE_SOCK_OPS</c>, Linux 4.13.</summary>
    SockOps = 13,

    /// <summary>Splits and steers what the sockets of a socket map receive. <c>BPF_PROG_TYPE_SK_SKB</c>, Linux 4.14.</summary>
    SkSkb = 14,

    /// <summary>Grants or refuses a control group access to device files. <c>BPF_PROG_TYPE_CGROUP_DEVICE</c>, Linux 4.15.</summary>
    CgroupDevice = 15,

    /// <summary>Steers what the sockets of a socket map send. <c>BPF_PROG_TYPE_SK_MSG</c>, Linux 4.17.</summary>
    SkMsg = 16,

    /// <summary>Runs at a tracepoint with its raw arguments. <c>BPF_PROG_TYPE_RAW_TRACEPOINT</c>, Linux 4.17.</summary>
    RawTracepoint = 17,

    /// <summary>Sees and changes addresses in bind, connect, sendmsg and the like. <c>BPF_PROG_TYPE_CGROUP_SOCK_ADDR</c>, Linux 4.17.</summary>
    CgroupSockAddr = 18,

    /// <summary>Implements an action of IPv6 segment routing. <c>BPF_PROG_TYPE_LWT_SEG6LOCAL</c>, Linux 4.18.</summary>
    LwtSeg6Local = 19,

    /// <summary>Decodes infrared signals into key presses. <c>BPF_PROG_TYPE_LIRC_MODE2</c>, Linux 4.18.</summary>
    LircMode2 = 20,

    /// <summary>Chooses which socket of a <c>SO_REUSEPORT</c> group gets a packet or connection. <c>BPF_PROG_TYPE_SK_REUSEPORT</c>, Linux 4.19.</summary>
    SkReusePort = 21,

    /// <summary>Takes a packet's headers apart in the place of the kernel's dissector. <c>BPF_PROG_TYPE_FLOW_DISSECTOR</c>, Linux 4.20.</summary>
    FlowDissector = 22,

    /// <summary>Sees and controls a control group's access to sysctls. <c>BPF_PROG_TYPE_CGROUP_SYSCTL</c>, Linux 5.2.</summary>
    CgroupSysctl = 23,

    /// <summary>Runs at a tracepoint with its raw arguments, the first of which may be written. <c>BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE</c>, Linux 5.2.</summary>
    RawTracepointWritable = 24,

    /// <summary>Sees and controls getsockopt and setsockopt of a control group. <c>BPF_PROG_TYPE_CGROUP_SOCKOPT</c>, Linux 5.3.</summary>
    CgroupSockOpt = 25,

    /// <summary>Runs at function entry or exit, BTF-typed tracepoints, or as an iterator. <c>BPF_PROG_TYPE_TRACING</c>, Linux 5.5.</summary>
    Tracing = 26,

    /// <summary>Implements one function of a kernel structure of functions. <c>BPF_PROG_TYPE_STRUCT_OPS</c>, Linux 5.6.</summary>
    StructOps = 27,

    /// <summary>Replaces a global function of another BPF program. <c>BPF_PROG_TYPE_EXT</c>, Linux 5.6.</summary>
    Ext = 28,

    /// <summary>Decides at the hooks of the security modules. <c>BPF_PROG_TYPE_LSM</c>, Linux 5.7.</summary>
    Lsm = 29,

    /// <summary>Chooses the listening socket for an incoming packet or connection. <c>BPF_PROG_TYPE_SK_LOOKUP</c>, Linux 5.9.</summary>
    SkLookup = 30,

    /// <summary>Is run by user space, and may make some BPF system calls itself. <c>BPF_PROG_TYPE_SYSCALL</c>, Linux 5.14.</summary>
    Syscall = 31,

    /// <summary>Runs at a netfilter hook. <c>BPF_PROG_TYPE_NETFILTER</c>, Linux 6.4.</summary>
    Netfilter = 32,
}

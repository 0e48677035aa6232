namespace EbpfNet.Abi;

/// <summary>The hooks that a program can be attached to (<c>enum bpf_attach_type</c>).</summary>
/// <remarks>The zero value is a hook too (<see cref="CgroupInetIngress"/>): the kernel has no "none".</remarks>
public enum BpfAttachType : uint
{
    /// <summary>Packets that a control group's sockets receive. <c>BPF_CGROUP_INET_INGRESS</c>, Linux 4.10.</summary>
    CgroupInetIngress = 0,

    /// <summary>Packets that a control group's sockets send. <c>BPF_CGROUP_INET_EGRESS</c>, Linux 4.10.</summary>
    CgroupInetEgress = 1,

    /// <summary>Making an IPv4 or IPv6 socket. <c>BPF_CGROUP_INET_SOCK_CREATE</c>, Linux 4.10.</summary>
    CgroupInetSockCreate = 2,

    /// <summary>Events in the life of TCP connections. <c>BPF_CGROUP_SOCK_OPS</c>, Linux 4.13.</summary>
    CgroupSockOps = 3,

    /// <summary>Finding the length of the next message in a socket's stream. <c>BPF_SK_SKB_STREAM_PARSER</c>, Linux 4.14.</summary>
    SkSkbStreamParser = 4,

    /// <summary>Steering a parsed message of a socket's stream. <c>BPF_SK_SKB_STREAM_VERDICT</c>, Linux 4.14.</summary>
    SkSkbStreamVerdict = 5,

    /// <summary>Access to device files. <c>BPF_CGROUP_DEVICE</c>, Linux 4.15.</summary>
    CgroupDevice = 6,

    /// <summary>Steering what a socket sends. <c>BPF_SK_MSG_VERDICT</c>, Linux 4.17.</summary>
    SkMsgVerdict = 7,

    /// <summary>bind() to an IPv4 address. <c>BPF_CGROUP_INET4_BIND</c>, Linux 4.17.</summary>
    CgroupInet4Bind = 8,

    /// <summary>bind() to an IPv6 address. <c>BPF_CGROUP_INET6_BIND</c>, Linux 4.17.</summary>
    CgroupInet6Bind = 9,

    /// <summary>connect() to an IPv4 address. <c>BPF_CGROUP_INET4_CONNECT</c>, Linux 4.17.</summary>
    CgroupInet4Connect = 10,

    /// <summary>connect() to an IPv6 address. <c>BPF_CGROUP_INET6_CONNECT</c>, Linux 4.17.</summary>
    CgroupInet6Connect = 11,

    /// <summary>After bind() to an IPv4 address. <c>BPF_CGROUP_INET4_POST_BIND</c>, Linux 4.17.</summary>
    CgroupInet4PostBind = 12,

    /// <summary>After bind() to an IPv6 address. <c>BPF_CGROUP_INET6_POST_BIND</c>, Linux 4.17.</summary>
    CgroupInet6PostBind = 13,

    /// <summary>sendmsg() and sendto() on an unconnected UDP socket, IPv4. <c>BPF_CGROUP_UDP4_SENDMSG</c>, Linux 4.18.</summary>
    CgroupUdp4SendMsg = 14,

    /// <summary>sendmsg() and sendto() on an unconnected UDP socket, IPv6. <c>BPF_CGROUP_UDP6_SENDMSG</c>, Linux 4.18.</summary>
    CgroupUdp6SendMsg = 15,

    /// <summary>Signals of an infrared receiver. <c>BPF_LIRC_MODE2</c>, Linux 4.18.</summary>
    LircMode2 = 16,

    /// <summary>Flow dissection of a network namespace. <c>BPF_FLOW_DISSECTOR</c>, Linux 4.20.</summary>
    FlowDissector = 17,

    /// <summary>Reading and writing sysctls. <c>BPF_CGROUP_SYSCTL</c>, Linux 5.2.</summary>
    CgroupSysctl = 18,

    /// <summary>recvmsg() and recvfrom() on an unconnected UDP socket, IPv4. <c>BPF_CGROUP_UDP4_RECVMSG</c>, Linux 5.2.</summary>
    CgroupUdp4RecvMsg = 19,

    /// <summary>recvmsg() and recvfrom() on an unconnected UDP socket, IPv6. <c>BPF_CGROUP_UDP6_RECVMSG</c>, Linux 5.2.</summary>
    CgroupUdp6RecvMsg = 20,

    /// <summary>getsockopt(). <c>BPF_CGROUP_GETSOCKOPT</c>, Linux 5.3.</summary>
    CgroupGetSockOpt = 21,

    /// <summary>setsockopt(). <c>BPF_CGROUP_SETSOCKOPT</c>, Linux 5.3.</summary>
    CgroupSetSockOpt = 22,

    /// <summary>A tracepoint with BTF-typed arguments (<c>tp_btf</c>). <c>BPF_TRACE_RAW_TP</c>, Linux 5.5.</summary>
    TraceRawTp = 23,

    /// <summary>Entry of a kernel function or BPF program. <c>BPF_TRACE_FENTRY</c>, Linux 5.5.</summary>
    TraceFentry = 24,

    /// <summary>Exit of a kernel function or BPF program. <c>BPF_TRACE_FEXIT</c>, Linux 5.5.</summary>
    TraceFexit = 25,

    /// <summary>A function whose return value the program may decide (<c>fmod_ret</c>). <c>BPF_MODIFY_RETURN</c>, Linux 5.7.</summary>
    ModifyReturn = 26,

    /// <summary>A hook of the security modules. <c>BPF_LSM_MAC</c>, Linux 5.7.</summary>
    LsmMac = 27,

    /// <summary>An iterator over kernel objects. <c>BPF_TRACE_ITER</c>, Linux 5.8.</summary>
    TraceIter = 28,

    /// <summary>getpeername() of an IPv4 socket. <c>BPF_CGROUP_INET4_GETPEERNAME</c>, Linux 5.8.</summary>
    CgroupInet4GetPeerName = 29,

    /// <summary>getpeername() of an IPv6 socket. <c>BPF_CGROUP_INET6_GETPEERNAME</c>, Linux 5.8.</summary>
    CgroupInet6GetPeerName = 30,

    /// <summary>getsockname() of an IPv4 socket. <c>BPF_CGROUP_INET4_GETSOCKNAME</c>, Linux 5.8.</summary>
    CgroupInet4GetSockName = 31,

    /// <summary>getsockname() of an IPv6 socket. <c>BPF_CGROUP_INET6_GETSOCKNAME</c>, Linux 5.8.</summary>
    CgroupInet6GetSockName = 32,

    /// <summary>Packets redirected to an entry of a device map. <c>BPF_XDP_DEVMAP</c>, Linux 5.8.</summary>
    XdpDevMap = 33,

    /// <summary>Releasing an IPv4 or IPv6 socket. <c>BPF_CGROUP_INET_SOCK_RELEASE</c>, Linux 5.9.</summary>
    CgroupInetSockRelease = 34,

    /// <summary>Packets handed to an entry of a CPU map. <c>BPF_XDP_CPUMAP</c>, Linux 5.9.</summary>
    XdpCpuMap = 35,

    /// <summary>Socket lookup of a network namespace. <c>BPF_SK_LOOKUP</c>, Linux 5.9.</summary>
    SkLookup = 36,

    /// <summary>Packets at a network device. <c>BPF_XDP</c>, Linux 5.9.</summary>
    Xdp = 37,

    /// <summary>Steering what a socket receives, without a parser. <c>BPF_SK_SKB_VERDICT</c>, Linux 5.13.</summary>
    SkSkbVerdict = 38,

    /// <summary>Choosing a socket of a <c>SO_REUSEPORT</c> group. <c>BPF_SK_REUSEPORT_SELECT</c>, Linux 5.14.</summary>
    SkReusePortSelect = 39,

    /// <summary>Choosing a socket of a <c>SO_REUSEPORT</c> group, also for connections whose listener closed. <c>BPF_SK_REUSEPORT_SELECT_OR_MIGRATE</c>, Linux 5.14.</summary>
    SkReusePortSelectOrMigrate = 40,

    /// <summary>A perf event, kprobe, uprobe or tracepoint, through a link. <c>BPF_PERF_EVENT</c>, Linux 5.15.</summary>
    PerfEvent = 41,

    /// <summary>Many kernel functions with one link. <c>BPF_TRACE_KPROBE_MULTI</c>, Linux 5.18.</summary>
    TraceKprobeMulti = 42,

    /// <summary>A hook of the security modules, for the processes of one control group. <c>BPF_LSM_CGROUP</c>, Linux 6.0.</summary>
    LsmCgroup = 43,

    /// <summary>A map of kernel functions, through a link. <c>BPF_STRUCT_OPS</c>, Linux 6.4.</summary>
    StructOps = 44,

    /// <summary>A netfilter hook. <c>BPF_NETFILTER</c>, Linux 6.4.</summary>
    Netfilter = 45,

    /// <summary>Packets that a network device receives, in traffic control. <c>BPF_TCX_INGRESS</c>, Linux 6.6.</summary>
    TcxIngress = 46,

    /// <summary>Packets that a network device sends, in traffic control. <c>BPF_TCX_EGRESS</c>, Linux 6.6.</summary>
    TcxEgress = 47,

    /// <summary>Many user-space functions with one link. <c>BPF_TRACE_UPROBE_MULTI</c>, Linux 6.6.</summary>
    TraceUprobeMulti = 48,

    /// <summary>connect() of a Unix socket. <c>BPF_CGROUP_UNIX_CONNECT</c>, Linux 6.7.</summary>
    CgroupUnixConnect = 49,

    /// <summary>sendmsg() and sendto() on a Unix datagram socket. <c>BPF_CGROUP_UNIX_SENDMSG</c>, Linux 6.7.</summary>
    CgroupUnixSendMsg = 50,

    /// <summary>recvmsg() and recvfrom() on a Unix datagram socket. <c>BPF_CGROUP_UNIX_RECVMSG</c>, Linux 6.7.</summary>
    CgroupUnixRecvMsg = 51,

    /// <summary>getpeername() of a Unix socket. <c>BPF_CGROUP_UNIX_GETPEERNAME</c>, Linux 6.7.</summary>
    CgroupUnixGetPeerName = 52,

    /// <summary>getsockname() of a Unix socket. <c>BPF_CGROUP_UNIX_GETSOCKNAME</c>, Linux 6.7.</summary>
    CgroupUnixGetSockName = 53,

    /// <summary>Packets that the primary device of a netkit pair sends. <c>BPF_NETKIT_PRIMARY</c>, Linux 6.7.</summary>
    NetkitPrimary = 54,

    /// <summary>Packets that the peer device of a netkit pair sends. <c>BPF_NETKIT_PEER</c>, Linux 6.7.</summary>
    NetkitPeer = 55,

    /// <summary>Entry and exit of many kernel functions with one program. <c>BPF_TRACE_KPROBE_SESSION</c>, Linux 6.10.</summary>
    TraceKprobeSession = 56,

    /// <summary>Entry and exit of many user-space functions with one program. <c>BPF_TRACE_UPROBE_SESSION</c>, Linux 6.13.</summary>
    TraceUprobeSession = 57,

    /// <summary>Entry and exit of a kernel function with one program. <c>BPF_TRACE_FSESSION</c>, Linux 7.0.</summary>
    TraceFsession = 58,

    /// <summary>Entry of many kernel functions with one link. <c>BPF_TRACE_FENTRY_MULTI</c>, Linux 7.2.</summary>
    TraceFentryMulti = 59,

    /// <summary>Exit of many kernel functions with one link. <c>BPF_TRACE_FEXIT_MULTI</c>, Linux 7.2.</summary>
    TraceFexitMulti = 60,

    /// <summary>Entry and exit of many kernel functions with one program and one link. <c>BPF_TRACE_FSESSION_MULTI</c>, Linux 7.2.</summary>
    TraceFsessionMulti = 61,
}

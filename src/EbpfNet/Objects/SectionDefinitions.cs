using System.Collections.Frozen;
using EbpfNet.Abi;

namespace EbpfNet.Objects;

/// <summary>The program sections that libbpf knows. Names match exactly; those that take a target also match with a slash and the target behind.</summary>
internal static class SectionDefinitions
{
    private const SectionTraits Target = SectionTraits.TakesTarget;
    private const SectionTraits Sleepable = SectionTraits.Sleepable;
    private const SectionTraits Fragments = SectionTraits.Fragments;
    private const SectionTraits Btf = SectionTraits.NeedsBtfTarget;
    private const SectionTraits UprobeMulti = SectionTraits.PrefersUprobeMulti;
    private const SectionTraits Optional = SectionTraits.OptionalAttachType;

    public static FrozenDictionary<string, SectionDefinition> ByName { get; } = Table().ToFrozenDictionary(definition => definition.Name, StringComparer.Ordinal);

    private static SectionDefinition[] Table() =>
    [
        // Sockets.
        new("socket", BpfProgramType.SocketFilter, default, SectionTraits.None),
        new("sk_reuseport/migrate", BpfProgramType.SkReusePort, BpfAttachType.SkReusePortSelectOrMigrate, SectionTraits.None),
        new("sk_reuseport", BpfProgramType.SkReusePort, BpfAttachType.SkReusePortSelect, SectionTraits.None),
        new("sk_lookup", BpfProgramType.SkLookup, BpfAttachType.SkLookup, SectionTraits.None),

        // Kernel and user probes.
        new("kprobe", BpfProgramType.Kprobe, default, Target),
        new("kretprobe", BpfProgramType.Kprobe, default, Target),
        new("ksyscall", BpfProgramType.Kprobe, default, Target),
        new("kretsyscall", BpfProgramType.Kprobe, default, Target),
        new("uprobe", BpfProgramType.Kprobe, default, Target),
        new("uprobe.s", BpfProgramType.Kprobe, default, Target | Sleepable),
        new("uretprobe", BpfProgramType.Kprobe, default, Target),
        new("uretprobe.s", BpfProgramType.Kprobe, default, Target | Sleepable),
        new("usdt", BpfProgramType.Kprobe, default, Target | UprobeMulti),
        new("usdt.s", BpfProgramType.Kprobe, default, Target | Sleepable | UprobeMulti),
        new("kprobe.multi", BpfProgramType.Kprobe, BpfAttachType.TraceKprobeMulti, Target),
        new("kretprobe.multi", BpfProgramType.Kprobe, BpfAttachType.TraceKprobeMulti, Target),
        new("kprobe.session", BpfProgramType.Kprobe, BpfAttachType.TraceKprobeSession, Target),
        new("uprobe.multi", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeMulti, Target),
        new("uprobe.multi.s", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeMulti, Target | Sleepable),
        new("uretprobe.multi", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeMulti, Target),
        new("uretprobe.multi.s", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeMulti, Target | Sleepable),
        new("uprobe.session", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeSession, Target),
        new("uprobe.session.s", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeSession, Target | Sleepable),
        new("perf_event", BpfProgramType.PerfEvent, default, SectionTraits.None),

        // Traffic control.
        new("tc/ingress", BpfProgramType.SchedCls, BpfAttachType.TcxIngress, SectionTraits.None),
        new("tc/egress", BpfProgramType.SchedCls, BpfAttachType.TcxEgress, SectionTraits.None),
        new("tcx/ingress", BpfProgramType.SchedCls, BpfAttachType.TcxIngress, SectionTraits.None),
        new("tcx/egress", BpfProgramType.SchedCls, BpfAttachType.TcxEgress, SectionTraits.None),
        new("tc", BpfProgramType.SchedCls, default, SectionTraits.None),
        new("classifier", BpfProgramType.SchedCls, default, SectionTraits.None),
        new("action", BpfProgramType.SchedAct, default, SectionTraits.None),
        new("netkit/primary", BpfProgramType.SchedCls, BpfAttachType.NetkitPrimary, SectionTraits.None),
        new("netkit/peer", BpfProgramType.SchedCls, BpfAttachType.NetkitPeer, SectionTraits.None),

        // Tracepoints.
        new("tracepoint", BpfProgramType.Tracepoint, default, Target),
        new("tracepoint.s", BpfProgramType.Tracepoint, default, Target | Sleepable),
        new("tp", BpfProgramType.Tracepoint, default, Target),
        new("tp.s", BpfProgramType.Tracepoint, default, Target | Sleepable),
        new("raw_tracepoint", BpfProgramType.RawTracepoint, default, Target),
        new("raw_tracepoint.s", BpfProgramType.RawTracepoint, default, Target | Sleepable),
        new("raw_tracepoint.w", BpfProgramType.RawTracepointWritable, default, Target),
        new("raw_tp", BpfProgramType.RawTracepoint, default, Target),
        new("raw_tp.s", BpfProgramType.RawTracepoint, default, Target | Sleepable),
        new("raw_tp.w", BpfProgramType.RawTracepointWritable, default, Target),

        // Programs attached by BTF.
        new("tp_btf", BpfProgramType.Tracing, BpfAttachType.TraceRawTp, Target | Btf),
        new("tp_btf.s", BpfProgramType.Tracing, BpfAttachType.TraceRawTp, Target | Sleepable | Btf),
        new("fentry", BpfProgramType.Tracing, BpfAttachType.TraceFentry, Target | Btf),
        new("fentry.s", BpfProgramType.Tracing, BpfAttachType.TraceFentry, Target | Sleepable | Btf),
        new("fexit", BpfProgramType.Tracing, BpfAttachType.TraceFexit, Target | Btf),
        new("fexit.s", BpfProgramType.Tracing, BpfAttachType.TraceFexit, Target | Sleepable | Btf),
        new("fmod_ret", BpfProgramType.Tracing, BpfAttachType.ModifyReturn, Target | Btf),
        new("fmod_ret.s", BpfProgramType.Tracing, BpfAttachType.ModifyReturn, Target | Sleepable | Btf),
        new("fsession", BpfProgramType.Tracing, BpfAttachType.TraceFsession, Target | Btf),
        new("fsession.s", BpfProgramType.Tracing, BpfAttachType.TraceFsession, Target | Sleepable | Btf),
        new("fentry.multi", BpfProgramType.Tracing, BpfAttachType.TraceFentryMulti, Target),
        new("fentry.multi.s", BpfProgramType.Tracing, BpfAttachType.TraceFentryMulti, Target | Sleepable),
        new("fexit.multi", BpfProgramType.Tracing, BpfAttachType.TraceFexitMulti, Target),
        new("fexit.multi.s", BpfProgramType.Tracing, BpfAttachType.TraceFexitMulti, Target | Sleepable),
        new("fsession.multi", BpfProgramType.Tracing, BpfAttachType.TraceFsessionMulti, Target),
        new("fsession.multi.s", BpfProgramType.Tracing, BpfAttachType.TraceFsessionMulti, Target | Sleepable),
        new("freplace", BpfProgramType.Ext, default, Target | Btf),
        new("lsm", BpfProgramType.Lsm, BpfAttachType.LsmMac, Target | Btf),
        new("lsm.s", BpfProgramType.Lsm, BpfAttachType.LsmMac, Target | Sleepable | Btf),
        new("lsm_cgroup", BpfProgramType.Lsm, BpfAttachType.LsmCgroup, Target | Btf),
        new("iter", BpfProgramType.Tracing, BpfAttachType.TraceIter, Target | Btf),
        new("iter.s", BpfProgramType.Tracing, BpfAttachType.TraceIter, Target | Sleepable | Btf),
        new("struct_ops", BpfProgramType.StructOps, default, Target),
        new("struct_ops.s", BpfProgramType.StructOps, default, Target | Sleepable),
        new("syscall", BpfProgramType.Syscall, default, Sleepable),

        // XDP.
        new("xdp.frags/devmap", BpfProgramType.Xdp, BpfAttachType.XdpDevMap, Fragments),
        new("xdp/devmap", BpfProgramType.Xdp, BpfAttachType.XdpDevMap, SectionTraits.None),
        new("xdp.frags/cpumap", BpfProgramType.Xdp, BpfAttachType.XdpCpuMap, Fragments),
        new("xdp/cpumap", BpfProgramType.Xdp, BpfAttachType.XdpCpuMap, SectionTraits.None),
        new("xdp.frags", BpfProgramType.Xdp, BpfAttachType.Xdp, Fragments | Optional),
        new("xdp", BpfProgramType.Xdp, BpfAttachType.Xdp, Optional),

        // Lightweight tunnels, netfilter, flow dissection, infrared.
        new("lwt_in", BpfProgramType.LwtIn, default, SectionTraits.None),
        new("lwt_out", BpfProgramType.LwtOut, default, SectionTraits.None),
        new("lwt_xmit", BpfProgramType.LwtXmit, default, SectionTraits.None),
        new("lwt_seg6local", BpfProgramType.LwtSeg6Local, default, SectionTraits.None),
        new("netfilter", BpfProgramType.Netfilter, BpfAttachType.Netfilter, SectionTraits.None),
        new("flow_dissector", BpfProgramType.FlowDissector, BpfAttachType.FlowDissector, Optional),
        new("lirc_mode2", BpfProgramType.LircMode2, BpfAttachType.LircMode2, Optional),

        // Socket maps.
        new("sockops", BpfProgramType.SockOps, BpfAttachType.CgroupSockOps, Optional),
        new("sk_skb/stream_parser", BpfProgramType.SkSkb, BpfAttachType.SkSkbStreamParser, Optional),
        new("sk_skb/stream_verdict", BpfProgramType.SkSkb, BpfAttachType.SkSkbStreamVerdict, Optional),
        new("sk_skb/verdict", BpfProgramType.SkSkb, BpfAttachType.SkSkbVerdict, Optional),
        new("sk_skb", BpfProgramType.SkSkb, default, SectionTraits.None),
        new("sk_msg", BpfProgramType.SkMsg, BpfAttachType.SkMsgVerdict, Optional),

        // Control groups.
        new("cgroup_skb/ingress", BpfProgramType.CgroupSkb, BpfAttachType.CgroupInetIngress, Optional),
        new("cgroup_skb/egress", BpfProgramType.CgroupSkb, BpfAttachType.CgroupInetEgress, Optional),
        new("cgroup/skb", BpfProgramType.CgroupSkb, default, SectionTraits.None),
        new("cgroup/sock_create", BpfProgramType.CgroupSock, BpfAttachType.CgroupInetSockCreate, SectionTraits.None),
        new("cgroup/sock_release", BpfProgramType.CgroupSock, BpfAttachType.CgroupInetSockRelease, SectionTraits.None),
        new("cgroup/sock", BpfProgramType.CgroupSock, BpfAttachType.CgroupInetSockCreate, Optional),
        new("cgroup/post_bind4", BpfProgramType.CgroupSock, BpfAttachType.CgroupInet4PostBind, SectionTraits.None),
        new("cgroup/post_bind6", BpfProgramType.CgroupSock, BpfAttachType.CgroupInet6PostBind, SectionTraits.None),
        new("cgroup/bind4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet4Bind, SectionTraits.None),
        new("cgroup/bind6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet6Bind, SectionTraits.None),
        new("cgroup/connect4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet4Connect, SectionTraits.None),
        new("cgroup/connect6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet6Connect, SectionTraits.None),
        new("cgroup/connect_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixConnect, SectionTraits.None),
        new("cgroup/sendmsg4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUdp4SendMsg, SectionTraits.None),
        new("cgroup/sendmsg6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUdp6SendMsg, SectionTraits.None),
        new("cgroup/sendmsg_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixSendMsg, SectionTraits.None),
        new("cgroup/recvmsg4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUdp4RecvMsg, SectionTraits.None),
        new("cgroup/recvmsg6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUdp6RecvMsg, SectionTraits.None),
        new("cgroup/recvmsg_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixRecvMsg, SectionTraits.None),
        new("cgroup/getpeername4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet4GetPeerName, SectionTraits.None),
        new("cgroup/getpeername6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet6GetPeerName, SectionTraits.None),
        new("cgroup/getpeername_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixGetPeerName, SectionTraits.None),
        new("cgroup/getsockname4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet4GetSockName, SectionTraits.None),
        new("cgroup/getsockname6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet6GetSockName, SectionTraits.None),
        new("cgroup/getsockname_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixGetSockName, SectionTraits.None),
        new("cgroup/sysctl", BpfProgramType.CgroupSysctl, BpfAttachType.CgroupSysctl, SectionTraits.None),
        new("cgroup/getsockopt", BpfProgramType.CgroupSockOpt, BpfAttachType.CgroupGetSockOpt, SectionTraits.None),
        new("cgroup/setsockopt", BpfProgramType.CgroupSockOpt, BpfAttachType.CgroupSetSockOpt, SectionTraits.None),
        new("cgroup/dev", BpfProgramType.CgroupDevice, BpfAttachType.CgroupDevice, Optional),
    ];
}

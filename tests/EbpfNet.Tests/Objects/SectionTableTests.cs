using EbpfNet.Abi;
using EbpfNet.Objects;

namespace EbpfNet.Tests.Objects;

/// <summary>Every section name that libbpf 1.8 knows, written down a second time: what it says, and how strictly it has to match.</summary>
public class SectionTableTests
{
    // The name, with a plus where a target may follow; BPF_PROG_TYPE_…; the expected attach type BPF_…, or a dash for none.
    private const string Expected = """
        socket SOCKET_FILTER -
        sk_reuseport SK_REUSEPORT SK_REUSEPORT_SELECT
        sk_reuseport/migrate SK_REUSEPORT SK_REUSEPORT_SELECT_OR_MIGRATE
        kprobe+ KPROBE -
        kretprobe+ KPROBE -
        uprobe+ KPROBE -
        uprobe.s+ KPROBE -
        uretprobe+ KPROBE -
        uretprobe.s+ KPROBE -
        ksyscall+ KPROBE -
        kretsyscall+ KPROBE -
        usdt+ KPROBE -
        usdt.s+ KPROBE -
        kprobe.multi+ KPROBE TRACE_KPROBE_MULTI
        kretprobe.multi+ KPROBE TRACE_KPROBE_MULTI
        kprobe.session+ KPROBE TRACE_KPROBE_SESSION
        uprobe.multi+ KPROBE TRACE_UPROBE_MULTI
        uprobe.multi.s+ KPROBE TRACE_UPROBE_MULTI
        uretprobe.multi+ KPROBE TRACE_UPROBE_MULTI
        uretprobe.multi.s+ KPROBE TRACE_UPROBE_MULTI
        uprobe.session+ KPROBE TRACE_UPROBE_SESSION
        uprobe.session.s+ KPROBE TRACE_UPROBE_SESSION
        tc/ingress SCHED_CLS TCX_INGRESS
        tcx/ingress SCHED_CLS TCX_INGRESS
        tc/egress SCHED_CLS TCX_EGRESS
        tcx/egress SCHED_CLS TCX_EGRESS
        tc SCHED_CLS -
        classifier SCHED_CLS -
        action SCHED_ACT -
        netkit/primary SCHED_CLS NETKIT_PRIMARY
        netkit/peer SCHED_CLS NETKIT_PEER
        tracepoint+ TRACEPOINT -
        tracepoint.s+ TRACEPOINT -
        tp+ TRACEPOINT -
        tp.s+ TRACEPOINT -
        raw_tracepoint+ RAW_TRACEPOINT -
        raw_tracepoint.s+ RAW_TRACEPOINT -
        raw_tp+ RAW_TRACEPOINT -
        raw_tp.s+ RAW_TRACEPOINT -
        raw_tracepoint.w+ RAW_TRACEPOINT_WRITABLE -
        raw_tp.w+ RAW_TRACEPOINT_WRITABLE -
        tp_btf+ TRACING TRACE_RAW_TP
        tp_btf.s+ TRACING TRACE_RAW_TP
        fentry+ TRACING TRACE_FENTRY
        fentry.s+ TRACING TRACE_FENTRY
        fexit+ TRACING TRACE_FEXIT
        fexit.s+ TRACING TRACE_FEXIT
        fmod_ret+ TRACING MODIFY_RETURN
        fmod_ret.s+ TRACING MODIFY_RETURN
        fsession+ TRACING TRACE_FSESSION
        fsession.s+ TRACING TRACE_FSESSION
        fentry.multi+ TRACING TRACE_FENTRY_MULTI
        fentry.multi.s+ TRACING TRACE_FENTRY_MULTI
        fexit.multi+ TRACING TRACE_FEXIT_MULTI
        fexit.multi.s+ TRACING TRACE_FEXIT_MULTI
        fsession.multi+ TRACING TRACE_FSESSION_MULTI
        fsession.multi.s+ TRACING TRACE_FSESSION_MULTI
        freplace+ EXT -
        lsm+ LSM LSM_MAC
        lsm.s+ LSM LSM_MAC
        lsm_cgroup+ LSM LSM_CGROUP
        iter+ TRACING TRACE_ITER
        iter.s+ TRACING TRACE_ITER
        syscall SYSCALL -
        xdp XDP XDP
        xdp.frags XDP XDP
        xdp/devmap XDP XDP_DEVMAP
        xdp.frags/devmap XDP XDP_DEVMAP
        xdp/cpumap XDP XDP_CPUMAP
        xdp.frags/cpumap XDP XDP_CPUMAP
        perf_event PERF_EVENT -
        lwt_in LWT_IN -
        lwt_out LWT_OUT -
        lwt_xmit LWT_XMIT -
        lwt_seg6local LWT_SEG6LOCAL -
        sockops SOCK_OPS CGROUP_SOCK_OPS
        sk_skb/stream_parser SK_SKB SK_SKB_STREAM_PARSER
        sk_skb/stream_verdict SK_SKB SK_SKB_STREAM_VERDICT
        sk_skb/verdict SK_SKB SK_SKB_VERDICT
        sk_skb SK_SKB -
        sk_msg SK_MSG SK_MSG_VERDICT
        lirc_mode2 LIRC_MODE2 LIRC_MODE2
        flow_dissector FLOW_DISSECTOR FLOW_DISSECTOR
        cgroup_skb/ingress CGROUP_SKB CGROUP_INET_INGRESS
        cgroup_skb/egress CGROUP_SKB CGROUP_INET_EGRESS
        cgroup/skb CGROUP_SKB -
        cgroup/sock_create CGROUP_SOCK CGROUP_INET_SOCK_CREATE
        cgroup/sock CGROUP_SOCK CGROUP_INET_SOCK_CREATE
        cgroup/sock_release CGROUP_SOCK CGROUP_INET_SOCK_RELEASE
        cgroup/post_bind4 CGROUP_SOCK CGROUP_INET4_POST_BIND
        cgroup/bind4 CGROUP_SOCK_ADDR CGROUP_INET4_BIND
        cgroup/connect4 CGROUP_SOCK_ADDR CGROUP_INET4_CONNECT
        cgroup/getpeername4 CGROUP_SOCK_ADDR CGROUP_INET4_GETPEERNAME
        cgroup/getsockname4 CGROUP_SOCK_ADDR CGROUP_INET4_GETSOCKNAME
        cgroup/sendmsg4 CGROUP_SOCK_ADDR CGROUP_UDP4_SENDMSG
        cgroup/recvmsg4 CGROUP_SOCK_ADDR CGROUP_UDP4_RECVMSG
        cgroup/post_bind6 CGROUP_SOCK CGROUP_INET6_POST_BIND
        cgroup/bind6 CGROUP_SOCK_ADDR CGROUP_INET6_BIND
        cgroup/connect6 CGROUP_SOCK_ADDR CGROUP_INET6_CONNECT
        cgroup/getpeername6 CGROUP_SOCK_ADDR CGROUP_INET6_GETPEERNAME
        cgroup/getsockname6 CGROUP_SOCK_ADDR CGROUP_INET6_GETSOCKNAME
        cgroup/sendmsg6 CGROUP_SOCK_ADDR CGROUP_UDP6_SENDMSG
        cgroup/recvmsg6 CGROUP_SOCK_ADDR CGROUP_UDP6_RECVMSG
        cgroup/connect_unix CGROUP_SOCK_ADDR CGROUP_UNIX_CONNECT
        cgroup/sendmsg_unix CGROUP_SOCK_ADDR CGROUP_UNIX_SENDMSG
        cgroup/recvmsg_unix CGROUP_SOCK_ADDR CGROUP_UNIX_RECVMSG
        cgroup/getpeername_unix CGROUP_SOCK_ADDR CGROUP_UNIX_GETPEERNAME
        cgroup/getsockname_unix CGROUP_SOCK_ADDR CGROUP_UNIX_GETSOCKNAME
        cgroup/sysctl CGROUP_SYSCTL CGROUP_SYSCTL
        cgroup/getsockopt CGROUP_SOCKOPT CGROUP_GETSOCKOPT
        cgroup/setsockopt CGROUP_SOCKOPT CGROUP_SETSOCKOPT
        cgroup/dev CGROUP_DEVICE CGROUP_DEVICE
        struct_ops+ STRUCT_OPS -
        struct_ops.s+ STRUCT_OPS -
        sk_lookup SK_LOOKUP SK_LOOKUP
        netfilter NETFILTER NETFILTER
        """;

    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (string line in Expected.Split('\n'))
            {
                string[] words = line.Trim().Split(' ');
                rows.Add(words[0], words[1], words[2]);
            }

            return rows;
        }
    }

    [Fact]
    public void The_table_has_no_name_more_and_none_less() =>
        Assert.Equal(
            Expected.Split('\n').Select(line => line.Trim().Split(' ', '+')[0]).Order(StringComparer.Ordinal),
            SectionDefinitions.ByName.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_name_stands_for_its_type_and_hook_and_matches_as_strictly_as_in_libbpf(string pattern, string type, string attachType)
    {
        bool takesTarget = pattern.EndsWith('+');
        string name = pattern.TrimEnd('+');

        SectionName bare = SectionName.Parse(name);
        Assert.Equal("BPF_PROG_TYPE_" + type, bare.Definition!.Type.CName());
        Assert.Equal(attachType == "-" ? default(BpfAttachType).CName() : "BPF_" + attachType, bare.Definition.AttachType.CName());
        Assert.Equal((null, true), (bare.Target, bare.AutoLoad));

        SectionName extended = SectionName.Parse("?" + name + "/some:thing*");
        Assert.False(extended.AutoLoad);
        Assert.Equal(takesTarget ? (name, "some:thing*") : (null, null), (extended.Definition?.Name, extended.Target));

        Assert.NotEqual(name, SectionName.Parse(name + "x").Definition?.Name);
        Assert.NotEqual(name, SectionName.Parse(" " + name).Definition?.Name);
        Assert.NotEqual(name, SectionName.Parse(name.ToUpperInvariant()).Definition?.Name);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_program_of_each_section_is_given_what_the_name_says(string pattern, string type, string attachType)
    {
        string name = pattern.TrimEnd('+');
        CodeImage code = new("?" + name);
        code.Function("program", false, CodeImage.Exit);

        BpfProgramSpec program = Assert.Single(code.Read().Programs);

        Assert.Equal(name, program.SectionName);
        Assert.False(program.AutoLoad);
        Assert.Equal("BPF_PROG_TYPE_" + type, program.Type.CName());
        Assert.Equal(attachType == "-" ? default(BpfAttachType).CName() : "BPF_" + attachType, program.ExpectedAttachType.CName());
        Assert.Equal(name is "syscall" || name.EndsWith(".s", StringComparison.Ordinal), program.Flags.HasFlag(BpfProgramFlags.Sleepable));
        Assert.Equal(name.StartsWith("xdp.frags", StringComparison.Ordinal), program.Flags.HasFlag(BpfProgramFlags.XdpHasFrags));
    }

    [Theory]
    [InlineData("xdp xdp.frags sockops sk_skb/stream_parser sk_skb/stream_verdict sk_skb/verdict sk_msg lirc_mode2 flow_dissector cgroup_skb/ingress cgroup_skb/egress cgroup/sock cgroup/dev", (int)SectionTraits.OptionalAttachType)]
    [InlineData("tp_btf tp_btf.s fentry fentry.s fexit fexit.s fmod_ret fmod_ret.s fsession fsession.s freplace lsm lsm.s lsm_cgroup iter iter.s", (int)SectionTraits.NeedsBtfTarget)]
    [InlineData("usdt usdt.s", (int)SectionTraits.PrefersUprobeMulti)]
    public void What_only_some_kinds_need_is_said_of_those_alone(string names, int trait) =>
        Assert.Equal(
            names.Split(' ').Order(StringComparer.Ordinal),
            SectionDefinitions.ByName.Values.Where(definition => definition.Has((SectionTraits)trait)).Select(definition => definition.Name).Order(StringComparer.Ordinal));
}

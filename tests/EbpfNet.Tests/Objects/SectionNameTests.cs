using EbpfNet.Abi;
using EbpfNet.Objects;

namespace EbpfNet.Tests.Objects;

public class SectionNameTests
{
    [Theory]
    [InlineData("xdp", BpfProgramType.Xdp, BpfAttachType.Xdp, null)]
    [InlineData("xdp/devmap", BpfProgramType.Xdp, BpfAttachType.XdpDevMap, null)]
    [InlineData("socket", BpfProgramType.SocketFilter, default(BpfAttachType), null)]
    [InlineData("tc", BpfProgramType.SchedCls, default(BpfAttachType), null)]
    [InlineData("tc/ingress", BpfProgramType.SchedCls, BpfAttachType.TcxIngress, null)]
    [InlineData("kprobe/tcp_v4_connect+0x10", BpfProgramType.Kprobe, default(BpfAttachType), "tcp_v4_connect+0x10")]
    [InlineData("kprobe", BpfProgramType.Kprobe, default(BpfAttachType), null)]
    [InlineData("kprobe.multi/tcp_*", BpfProgramType.Kprobe, BpfAttachType.TraceKprobeMulti, "tcp_*")]
    [InlineData("uprobe//usr/lib/libssl.so.3:SSL_read", BpfProgramType.Kprobe, default(BpfAttachType), "/usr/lib/libssl.so.3:SSL_read")]
    [InlineData("tracepoint/syscalls/sys_enter_openat", BpfProgramType.Tracepoint, default(BpfAttachType), "syscalls/sys_enter_openat")]
    [InlineData("raw_tp.w/nbd_send_request", BpfProgramType.RawTracepointWritable, default(BpfAttachType), "nbd_send_request")]
    [InlineData("fentry/", BpfProgramType.Tracing, BpfAttachType.TraceFentry, "")]
    [InlineData("tp_btf/tcp_probe", BpfProgramType.Tracing, BpfAttachType.TraceRawTp, "tcp_probe")]
    [InlineData("freplace/handler", BpfProgramType.Ext, default(BpfAttachType), "handler")]
    [InlineData("lsm_cgroup/socket_bind", BpfProgramType.Lsm, BpfAttachType.LsmCgroup, "socket_bind")]
    [InlineData("sk_skb/stream_verdict", BpfProgramType.SkSkb, BpfAttachType.SkSkbStreamVerdict, null)]
    [InlineData("sk_lookup", BpfProgramType.SkLookup, BpfAttachType.SkLookup, null)]
    [InlineData("cgroup/connect4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet4Connect, null)]
    [InlineData("cgroup/sendmsg_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixSendMsg, null)]
    [InlineData("cgroup/recvmsg6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUdp6RecvMsg, null)]
    [InlineData("struct_ops/cong_avoid", BpfProgramType.StructOps, default(BpfAttachType), "cong_avoid")]
    public void Known_names_give_type_hook_and_target(string name, BpfProgramType type, BpfAttachType attachType, string? target)
    {
        SectionName section = SectionName.Parse(name);

        Assert.NotNull(section.Definition);
        Assert.Equal((type, attachType), (section.Definition.Type, section.Definition.AttachType));
        Assert.Equal(target, section.Target);
        Assert.True(section.AutoLoad);
    }

    [Theory]
    [InlineData("xdp_drop")]
    [InlineData("xdp/")]
    [InlineData("xdp/eth0")]
    [InlineData("socket/2")]
    [InlineData("socket1")]
    [InlineData("kprobes/x")]
    [InlineData("kprobe.multi.s/x")]
    [InlineData("tcx")]
    [InlineData("tc/ingress/extra")]
    [InlineData("cgroup/bind_unix")]
    [InlineData("/xdp")]
    [InlineData("??xdp")]
    [InlineData("")]
    public void Names_that_only_resemble_known_ones_are_unknown(string name) => Assert.Null(SectionName.Parse(name).Definition);

    [Fact]
    public void A_question_mark_turns_loading_off()
    {
        SectionName section = SectionName.Parse("?fentry.s/bpf_fentry_test1");

        Assert.False(section.AutoLoad);
        Assert.Equal("fentry.s", section.Definition?.Name);
        Assert.Equal("bpf_fentry_test1", section.Target);
    }

    [Fact]
    public void All_names_that_libbpf_knows_are_there()
    {
        Assert.Equal(116, SectionDefinitions.ByName.Count);
        foreach (SectionDefinition definition in SectionDefinitions.ByName.Values)
        {
            Assert.Same(definition, SectionName.Parse(definition.Name).Definition);
            Assert.Equal(definition.Has(SectionTraits.TakesTarget), ReferenceEquals(definition, SectionName.Parse(definition.Name + "/target").Definition));
            Assert.Equal(definition.Name.EndsWith(".s", StringComparison.Ordinal) || definition.Name == "syscall", definition.Has(SectionTraits.Sleepable));
            Assert.Equal(definition.Name.Contains(".frags", StringComparison.Ordinal), definition.Has(SectionTraits.Fragments));
        }
    }

    [Fact]
    public void Sleepable_variants_differ_from_their_namesakes_in_nothing_else()
    {
        foreach (SectionDefinition sleepable in SectionDefinitions.ByName.Values.Where(d => d.Name.EndsWith(".s", StringComparison.Ordinal)))
        {
            SectionDefinition plain = SectionDefinitions.ByName[sleepable.Name[..^2]];
            Assert.Equal(sleepable with { Name = plain.Name, Traits = sleepable.Traits & ~SectionTraits.Sleepable }, plain);
        }
    }
}

using System.Net;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Buffers;
using EbpfNet.Kernel;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Links;

/// <summary>The bytes of filters, routes and infrared attachments, written out by hand from the kernel's headers; and what is read of the kernel's answers.</summary>
public sealed class NetworkRequestTests
{
    private static readonly Gen<FilterPlace> Places =
        from index in ArbMap.Default.GeneratorFor<int>()
        from priority in ArbMap.Default.GeneratorFor<ushort>()
        from handle in ArbMap.Default.GeneratorFor<uint>()
        from protocol in ArbMap.Default.GeneratorFor<ushort>()
        from chain in ArbMap.Default.GeneratorFor<byte>()
        from ingress in ArbMap.Default.GeneratorFor<bool>()
        select new FilterPlace(index, ingress ? TrafficControl.Ingress : TrafficControl.Egress, priority, handle, protocol, chain);

    [Fact]
    public void The_queueing_discipline_is_added_only_where_there_is_none() => Expect(
        TrafficControlRequests.AddClsact(stackalloc byte[TrafficControlRequests.BufferSize], 5),
        "30000000 24000506 07000000 00000000" // RTM_NEWQDISC, REQUEST | ACK | EXCL | CREATE
            + "00000000 05000000 0000ffff f1ffffff 00000000" // struct tcmsg: ifindex 5, handle ffff:, parent TC_H_CLSACT
            + "0b000100 636c7361 63740000"); // TCA_KIND "clsact"

    [Fact]
    public void A_filter_names_its_program_and_decides_itself() => Expect(
        TrafficControlRequests.SetFilter(stackalloc byte[TrafficControlRequests.BufferSize], new FilterPlace(5, TrafficControl.Ingress, 3, 1), 9, "abc", replace: false),
        "48000000 2c000d06 07000000 00000000" // RTM_NEWTFILTER, REQUEST | ACK | ECHO | EXCL | CREATE
            + "00000000 05000000 01000000 f2ffffff 00030300" // handle 1, parent ffff:fff2, ETH_P_ALL in network order, priority 3
            + "08000100 62706600" // TCA_KIND "bpf"
            + "1c000280" + "08000600 09000000" + "08000700 61626300" + "08000800 01000000"); // TCA_BPF_FD, NAME, FLAGS (ACT_DIRECT)

    [Fact]
    public void A_filter_is_replaced_in_its_place()
    {
        NetlinkMessage message = TrafficControlRequests.SetFilter(stackalloc byte[TrafficControlRequests.BufferSize], new FilterPlace(5, TrafficControl.Egress, 3, 1), 9, "abc", replace: true);

        Assert.Equal("2c000d05", Convert.ToHexString(message.Finish(7).Slice(4, 4)), ignoreCase: true); // REPLACE | CREATE
    }

    [Fact]
    public void An_action_is_behind_a_filter_that_takes_every_packet() => Expect(
        TrafficControlRequests.SetAction(stackalloc byte[TrafficControlRequests.BufferSize], new FilterPlace(5, TrafficControl.Ingress, 3, 1), 9, "abc", replace: false),
        "80000000 2c000d06 07000000 00000000"
            + "00000000 05000000 01000000 f2ffffff 00030300"
            + "08000100 62706600"
            + "54000280" // TCA_OPTIONS
            + "3c000180" + "38000180" + "08000100 62706600" // TCA_BPF_ACT, the first of them, TCA_ACT_KIND "bpf"
            + "2c000280" + "08000500 09000000" + "08000600 61626300" // TCA_ACT_OPTIONS, TCA_ACT_BPF_FD, NAME
            + "18000200 00000000 00000000 ffffffff 00000000 00000000" // PARMS: struct tc_act_bpf, action TC_ACT_UNSPEC
            + "06000400 01000000" + "0c000500 06000000 ffffffff"); // TCA_BPF_OPS_LEN 1, OPS: ret #-1

    [Fact]
    public void A_route_names_the_program_by_the_point_where_it_runs() => Expect(
        RouteRequests.Set(stackalloc byte[RouteRequests.BufferSize], new ProgramRoute(IPNetwork.Parse("10.1.2.0/24"), 5, BpfProgramType.LwtXmit) { Metric = 4, Headroom = 16 }, 9, "abc", replace: false),
        "64000000 18000506 07000000 00000000" // RTM_NEWROUTE
            + "02180000 fe04fd01 00000000" // AF_INET, /24, main table, RTPROT_STATIC, RT_SCOPE_LINK, RTN_UNICAST
            + "08000100 0a010200" + "08000400 05000000" + "08000f00 fe000000" + "08000600 04000000" // DST, OIF, TABLE, PRIORITY
            + "06001500 06000000" // ENCAP_TYPE: LWTUNNEL_ENCAP_BPF
            + "20001680" + "14000380" + "08000100 09000000" + "08000200 61626300" + "08000400 10000000"); // ENCAP: LWT_BPF_XMIT {FD, NAME}, HEADROOM

    [Fact]
    public void The_end_of_a_segment_names_its_action() => Assert.Contains(
        "06001500070000002000168008000100" + "0f000000" + "14000880" + "0800010009000000" + "0800020061626300", // SEG6_LOCAL_ACTION END_BPF, SEG6_LOCAL_BPF {PROG, NAME}
        Convert.ToHexString(RouteRequests.Set(stackalloc byte[RouteRequests.BufferSize], new ProgramRoute(IPNetwork.Parse("fd00::/64"), 5, BpfProgramType.LwtSeg6Local), 9, "abc", replace: false).Finish(7)).ToLowerInvariant(),
        StringComparison.Ordinal);

    [Fact]
    public void An_infrared_device_is_given_program_and_kind()
    {
        ProgramAttachAttribute request = LircPrograms.Request(deviceFd: 5, programFd: 9);

        Assert.Equal("05000000" + "09000000" + "10000000" + "00000000" + "00000000" + "00000000" + "0000000000000000", Convert.ToHexString(MemoryMarshal.AsBytes(new Span<ProgramAttachAttribute>(ref request))));
    }

    [Fact]
    public void The_place_of_a_filter_is_read_as_it_was_written() => Prop.ForAll(Places.ToArbitrary(), place =>
    {
        var datagram = new SpanReader(TrafficControlRequests.SetFilter(new byte[TrafficControlRequests.BufferSize], place, 9, "name", replace: false).Finish(1), bigEndian: !BitConverter.IsLittleEndian, "test");
        Assert.True(NetlinkReply.TryRead(ref datagram, out NetlinkReply reply));
        TrafficFilter read = TrafficFilter.Read(reply.Content);

        Assert.Equal((place, "bpf", "name", true, false), (read.Place, read.Kind, read.Name, read.IsDirect, read.IsAction));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Arbitrary_bytes_are_read_or_refused()
    {
        Gen<byte> bytes = Gen.Frequency((4, Gen.Elements<byte>(0, 1, 2, 4, 6, 8, 16, 20, 21, 22)), (1, ArbMap.Default.GeneratorFor<byte>()));
        Prop.ForAll(bytes.ArrayOf().ToArbitrary(), data =>
        {
            Refuses(() => TrafficFilter.Read(new SpanReader(data, bigEndian: false, "test")));
            Refuses(() => ProgramRoute.Read(new SpanReader(data, bigEndian: false, "test")));
        }).QuickCheckThrowOnFailure();

        static void Refuses(Action read)
        {
            try
            {
                read();
            }
            catch (BpfObjectFormatException)
            {
                // Refused.
            }
        }
    }

    private static void Expect(NetlinkMessage message, string expected) =>
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(message.Finish(7)), ignoreCase: true);
}

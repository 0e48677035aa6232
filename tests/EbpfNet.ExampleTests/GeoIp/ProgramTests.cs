using System.Net;
using System.Net.Sockets;
using EbpfNet.Programs;
using FsCheck;
using FsCheck.Fluent;
using static EbpfNet.Programs.GeoIpProgram;

namespace EbpfNet.ExampleTests.GeoIp;

/// <summary>What geo_ip counts: frames go through <c>BPF_PROG_TEST_RUN</c>.</summary>
public sealed class ProgramTests : IDisposable
{
    private const ushort Port = 8081;
    private const byte Syn = 0x02;
    private const byte Ack = 0x10;

    private GeoIpProgram? _program;

    private GeoIpProgram Program
    {
        get
        {
            if (_program is null)
            {
                Requires.Bpf();
                _program = GeoIpProgram.Load();
                _program.Ports.Set(Port, default);
                _program.Ports.Set(9090, default);
            }

            return _program;
        }
    }

    public void Dispose() => _program?.Dispose();

    [SkippableTheory]
    [InlineData("192.0.2.7")]
    [InlineData("255.255.255.254")]
    [InlineData("2001:db8::1")]
    public void A_new_connection_is_counted_for_its_source_and_port(string source)
    {
        Run(new SynFrame(source, Port) { Sequence = 1 });
        Run(new SynFrame(source, Port) { Sequence = 2 });
        Run(new SynFrame(source, 9090) { Sequence = 3 });

        Assert.Equal([(source, Port, 2ul), (source, (ushort)9090, 1ul)], Counted());
        Assert.Equal(3ul, Program.EvenRequests.Value);
        Assert.Equal(0ul, Program.Repeated.Value);
    }

    [SkippableTheory]
    [InlineData(Syn | Ack)]
    [InlineData(Ack)]
    [InlineData(0x04)] // RST
    [InlineData(Syn | 0x04)]
    [InlineData(Syn | 0x01)] // FIN
    [InlineData(0x18)] // data
    [InlineData(0)]
    public void Other_packets_are_not(byte flags)
    {
        Run(new SynFrame("192.0.2.7", Port) { Flags = flags });
        Run(new SynFrame("2001:db8::1", Port) { Flags = flags });

        Assert.Empty(Counted());
    }

    [SkippableFact]
    public void A_connection_that_asks_for_congestion_notification_is_counted()
    {
        Run(new SynFrame("192.0.2.7", Port) { Flags = Syn | 0xC0 });

        Assert.Single(Counted());
    }

    [SkippableFact]
    public void Ports_that_nobody_asked_for_are_not_counted()
    {
        Run(new SynFrame("192.0.2.7", 8080));
        Run(new SynFrame("192.0.2.7", 0x911F)); // 8081 with its bytes exchanged

        Assert.Empty(Counted());
    }

    [SkippableFact]
    public void What_is_sent_again_is_counted_once_and_a_new_attempt_from_the_same_port_again()
    {
        SynFrame first = new("192.0.2.7", Port) { Sequence = 77 };
        Run(first);
        Run(first);
        Run(first);
        Run(first with { Sequence = 78 });
        Run(first with { SourcePort = 40_001 });

        Assert.Equal([("192.0.2.7", Port, 3ul)], Counted());
        Assert.Equal(2ul, Program.Repeated.Value);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Tags_are_looked_through(int count)
    {
        ushort[] tags = [.. Enumerable.Repeat((ushort)0x88A8, count - 1), 0x8100];
        Run(new SynFrame("192.0.2.7", Port) { Tags = tags });
        Run(new SynFrame("2001:db8::1", Port) { Tags = tags });

        Assert.Equal(2, Counted().Length);
    }

    [SkippableTheory]
    [InlineData(4)]
    [InlineData(40)]
    public void Options_of_IPv4_are_skipped(int length)
    {
        Run(new SynFrame("192.0.2.7", Port) { Options = length });

        Assert.Single(Counted());
    }

    [SkippableFact]
    public void Later_fragments_have_no_ports()
    {
        Run(new SynFrame("192.0.2.7", Port) { Fragment = 1 });
        Run(new SynFrame("2001:db8::1", Port) { Extensions = [(44, [0, 0, 0, 8, 0, 0, 0, 1])] });
        Assert.Empty(Counted());

        Run(new SynFrame("192.0.2.7", Port) { Fragment = 0x2000 }); // the first of several
        Run(new SynFrame("2001:db8::1", Port) { Extensions = [(44, [0, 0, 0, 1, 0, 0, 0, 1])] });
        Assert.Equal(2, Counted().Length);
    }

    [SkippableFact]
    public void Extension_headers_of_IPv6_are_looked_through()
    {
        (byte, byte[])[] all =
        [
            (0, new byte[8]), // hop by hop
            (60, [0, 2, .. new byte[22]]), // for the destination, 24 bytes
            (43, new byte[8]), // routing
            (51, [0, 4, .. new byte[22]]), // authentication, (4 + 2) * 4 bytes
        ];
        Run(new SynFrame("2001:db8::1", Port) { Extensions = all });
        Run(new SynFrame("2001:db8::2", Port) { Extensions = [.. Enumerable.Repeat(((byte)60, new byte[8]), 8)] });
        Run(new SynFrame("2001:db8::3", Port) { Extensions = [.. Enumerable.Repeat(((byte)60, new byte[8]), 9)] }); // more than anybody has
        Run(new SynFrame("2001:db8::4", Port) { Extensions = [(50, new byte[8])] }); // encrypted

        Assert.Equal([("2001:db8::1", Port, 1ul), ("2001:db8::2", Port, 1ul)], Counted());
    }

    [SkippableFact]
    public void Whatever_the_bytes_are_the_packet_is_left_alone()
    {
        byte[] good = new SynFrame("192.0.2.7", Port) { Tags = [0x8100] }.ToBytes();
        byte[] goodV6 = new SynFrame("2001:db8::1", Port) { Extensions = [(60, new byte[8])] }.ToBytes();
        _ = Program;
        Prop.ForAll(
            Gen.Choose(60, 200).SelectMany(length => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(length)).ToArbitrary(),
            noise => Run(noise)).QuickCheckThrowOnFailure();

        // The kernel lets shorter frames through to the program where it does not know what they hold.
        for (int length = 14; length < good.Length; length++)
        {
            Assert.True(Run(good[..length]));
        }

        for (int length = 54; length < goodV6.Length; length++)
        {
            Assert.True(Run(goodV6[..length]));
        }

        Assert.Empty(Counted());
    }

    [SkippableFact]
    public void It_counts_in_the_map_whose_turn_it_is()
    {
        Run(new SynFrame("192.0.2.7", Port) { Sequence = 1 });
        Program.Turn.Value = 1;
        Run(new SynFrame("192.0.2.7", Port) { Sequence = 2 });
        Run(new SynFrame("192.0.2.7", Port) { Sequence = 3 });

        Assert.Equal([("192.0.2.7", Port, 1ul)], Counted());
        Assert.Equal([("192.0.2.7", Port, 2ul)], Counted(Program.OddSources));
        Assert.Equal((1ul, 2ul), (Program.EvenRequests.Value, Program.OddRequests.Value));
    }

    [SkippableTheory]
    [InlineData(TcMechanism.Tcx)]
    [InlineData(TcMechanism.Filter)]
    public async Task Real_connections_are_counted_by_tcx_and_by_a_filter(TcMechanism mechanism)
    {
        _ = Program;
        using GeoIpNetwork network = new();
        using Socket listener = network.Server.CreateListener(new IPEndPoint(IPAddress.IPv6Any, Port));
        using TcLink link = network.Server.Run(() => Program.GeoIp.AttachTc("eth0", TcDirection.Ingress, new TcAttachOptions { Mechanism = mechanism }));
        for (int i = 0; i < 3; i++)
        {
            (await network.Visitor.ConnectAsync(new IPEndPoint(IPAddress.Parse("fd00::1"), Port), TimeSpan.FromSeconds(10))).Dispose();
        }

        Assert.Equal([("fd00::2", Port, 3ul)], Counted());

        link.Dispose();
        (await network.Visitor.ConnectAsync(new IPEndPoint(IPAddress.Parse("fd00::1"), Port), TimeSpan.FromSeconds(10))).Dispose();
        Assert.Equal([("fd00::2", Port, 3ul)], Counted());
    }

    private void Run(SynFrame frame) => Assert.True(Run(frame.ToBytes()));

    /// <summary>Whether it left the packet to the next program.</summary>
    private bool Run(byte[] frame) => Program.GeoIp.TestRun(new BpfTestRun(frame)).ReturnValue == uint.MaxValue;

    private (string Source, ushort Port, ulong Count)[] Counted() => Counted(Program.EvenSources);

    private static (string Source, ushort Port, ulong Count)[] Counted(BpfHashMap<Source, ulong> sources)
    {
        List<(string, ushort, ulong)> counted = [];
        foreach ((Source source, ulong count) in sources)
        {
            IPAddress address = new(source.Address);
            counted.Add(((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString(), source.Port, count));
        }

        return [.. counted.Order()];
    }
}

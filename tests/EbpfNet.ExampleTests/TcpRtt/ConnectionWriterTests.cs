using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TcpRtt;
using static EbpfNet.Programs.TcpRttProgram;

namespace EbpfNet.ExampleTests.TcpRtt;

/// <summary>The lines.</summary>
public sealed class ConnectionWriterTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, 123, TimeSpan.Zero);

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("255.255.255.255")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("1::")]
    [InlineData("2001:db8::8:800:200c:417a")]
    [InlineData("2001:db8:0:1:1:1:1:1")] // one group of zeros is not left out
    [InlineData("2001:0:0:1::1")] // the longer row is
    [InlineData("2001:db8::1:0:0:1")] // the first of two
    [InlineData("1:2:3:4:5:6::")]
    [InlineData("::3:4:5:6:7:8")]
    [InlineData("abcd:ef01:2345:6789:abcd:ef01:2345:6789")]
    public void Addresses_are_written_as_usual(string text) => Assert.Equal(text, Format(AddressOf(IPAddress.Parse(text))));

    [Fact]
    public void Every_address_is_read_back_as_itself() =>
        Prop.ForAll(
            Gen.Choose(0, 3).Select(kind => kind == 0 ? 0 : kind == 1 ? 1 : 0xabcd).ArrayOf(8).ToArbitrary(),
            groups =>
            {
                byte[] bytes = [.. groups.SelectMany(group => new[] { (byte)(group >> 8), (byte)group })];
                IPAddress address = new(bytes);
                Assert.Equal(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, IPAddress.Parse(Format(AddressOf(address))));
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_line_of_JSON_has_every_field()
        => Assert.Equal(
            """{"time":"2026-11-21T12:00:00.123Z","src":"192.0.2.1","src_port":40000,"dst":"2001:db8::1","dst_port":80,"rtt_us":1234,"sent":5000000000,"received":6,"retransmits":7,"netns":4026531833}""" + "\n",
            Write(json: true, writer => writer.Write(Connection(1234), Noon)));

    [Fact]
    public void A_line_of_columns_stands_under_the_heading()
    {
        string[] lines = Write(json: false, writer =>
        {
            writer.WriteHeading();
            writer.Write(Connection(1234), Noon);
            writer.Write(Connection(0), Noon);
        }).Split('\n');

        Assert.Equal("Time          Src addr          Port  → Dest addr         Port           RTT        Sent    Received  Retransmits", lines[0]);
        Assert.EndsWith("  192.0.2.1         40000 → 2001:db8::1       80        1.234 ms  5000000000           6            7", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("  192.0.2.1         40000 → 2001:db8::1       80               -  5000000000           6            7", lines[2], StringComparison.Ordinal);
        Assert.All(lines[..3], line => Assert.Equal(lines[0].Length, line.Length));
    }

    [Fact]
    public void What_is_lost_and_a_time_that_was_never_measured_are_said_in_JSON_too()
    {
        string text = Write(json: true, writer =>
        {
            writer.WriteHeading();
            writer.Write(Connection(0), Noon);
            writer.WriteLost(3, Noon);
        });

        Assert.Contains("\"rtt_us\":null", text, StringComparison.Ordinal);
        Assert.EndsWith("""{"time":"2026-11-21T12:00:00.123Z","lost":3}""" + "\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_line_costs_an_allocation(bool json)
    {
        using ConnectionWriter writer = new(Stream.Null, json);
        TcpRttConnection connection = Connection(1234);
        // The first rounds are the compiler's, which comes back to what is called often.
        long allocated = long.MaxValue;
        for (int round = 0; round < 50 && allocated > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            WriteMany();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Thread.Sleep(TimeSpan.FromMilliseconds(20));
        }

        Assert.Equal(0, allocated);

        void WriteMany()
        {
            for (int i = 0; i < 10_000; i++)
            {
                writer.Write(connection, Noon);
                if (i % 100 == 99)
                {
                    writer.Flush();
                }
            }
        }
    }

    private static TcpRttConnection Connection(uint rtt) => new()
    {
        Local = AddressOf(IPAddress.Parse("192.0.2.1")),
        LocalPort = 40_000,
        Remote = AddressOf(IPAddress.Parse("2001:db8::1")),
        RemotePort = 80,
        Rtt = rtt,
        Sent = 5_000_000_000,
        Received = 6,
        Retransmits = 7,
        NetworkNamespace = 4_026_531_833,
    };

    private static TcpRttAddress AddressOf(IPAddress address) => MemoryMarshal.Read<TcpRttAddress>(address.MapToIPv6().GetAddressBytes());

    private static string Format(TcpRttAddress address)
    {
        Span<byte> text = stackalloc byte[AddressText.MaxLength];
        return Encoding.ASCII.GetString(text[..AddressText.Format(address, text)]);
    }

    private static string Write(bool json, Action<ConnectionWriter> write)
    {
        using MemoryStream output = new();
        using ConnectionWriter writer = new(output, json);
        write(writer);
        writer.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}

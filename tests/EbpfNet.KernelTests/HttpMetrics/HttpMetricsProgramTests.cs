using System.Net;
using System.Net.Sockets;
using EbpfNet.Abi;
using EbpfNet.Programs;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.KernelTests.HttpMetrics;

/// <summary>All programs of http_metrics load, are attached and count where the kernel has what they need, and elsewhere it is said what that is.</summary>
[Trait("OtherKernels", "")]
public sealed class HttpMetricsProgramTests : KernelTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [SkippableTheory]
    [InlineData("packets")]
    [InlineData("sockets or system calls")]
    [InlineData("system calls")]
    public void Requests_and_responses_are_counted(string where)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        ushort port = (ushort)((IPEndPoint)listener.LocalEndPoint!).Port;
        using HttpMetricsProgram program = Attach(where, new HttpMetricsOptions { Ports = [port], MaxConnections = 64, MaxServices = 64 }, out IDisposable attached);
        using IDisposable attachment = attached;

        using (Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            client.Connect(listener.LocalEndPoint!);
            using Socket server = listener.Accept();
            foreach (string answer in (string[])["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"])
            {
                client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8);
                Assert.Equal(27, server.Receive(new byte[100]));
                server.Send(System.Text.Encoding.ASCII.GetBytes(answer));
                Assert.Equal(answer.Length, client.Receive(new byte[100]));
            }
        }

        Assert.True(SpinWait.SpinUntil(() => program.ReadTotals().Responses == 2 && program.CountConnections() == 0, Patience), $"{program.ReadTotals().Responses} responses, {program.CountConnections()} connections");
        HttpMetricsReading reading = program.Read();
        HttpServiceCounters row = Assert.Single(reading.Services);
        Assert.Equal((IPAddress.Loopback, port), (row.Service.ClientAddress, row.Service.Port));
        Assert.Equal((2ul, 1ul, 1ul, 2ul), (row.Counters.Requests, row.Counters.Responses[2], row.Counters.Responses[5], row.Counters.Latencies));
        Assert.Equal((0L, 0L, 0L), (reading.EvictedConnections, reading.EvictedServices, reading.EvictedClosedConnections));
        Assert.Equal((0ul, 0ul, 0ul), (reading.Totals.Gaps, reading.Totals.Unmatched, reading.Totals.NotHttp));
    }

    /// <summary>Attaches it. A kernel that lacks something has to be one that does, and the error has to be about that and say since when Linux has it.</summary>
    private static HttpMetricsProgram Attach(string where, HttpMetricsOptions options, out IDisposable attached)
    {
        BpfProgramType type = where == "packets" ? BpfProgramType.SocketFilter : BpfProgramType.Tracepoint;
        bool hasLoops = KernelFeatures.HasHelper(type, BpfHelper.Loop).IsPresent;
        try
        {
            HttpMetricsProgram program;
            if (where == "packets")
            {
                program = AttachPackets("lo", options, out SocketFilterLink link);
                attached = link;
            }
            else
            {
                program = AttachSystemCalls(options with { UseSystemCallTracepoints = where == "system calls" }, out BpfLinkCollection links);
                attached = links;
            }

            return program;
        }
        catch (BpfException e) when (!hasLoops)
        {
            Assert.Contains("5.17", e.Message, StringComparison.Ordinal);
            throw new SkipException(e.Message);
        }
    }
}

using System.Net.Sockets;
using System.Security.Cryptography;
using DemoNetwork;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>A client that sends again what it has sent, in other segments than before, while the kernel passes them on: each byte arrives once, in its place.</summary>
public sealed class ProxyOverlapTests
{
    private const int BeforeJoining = 64 * 1024; // exactly so much makes the proxy join, and nothing is left then
    private const int Overlapping = 73_000; // so much is new in SendOverlapping
    private const int Full = 6_500_000; // so much is more than what three quarters of 8 MiB and a target that holds little take: the rest is handed to the process
    private const uint NoWrap = 1_000_000;

    private ushort _port = 40_000;

    [SkippableFact]
    public async Task Of_segments_that_overlap_the_kernel_redirects_what_is_new()
    {
        const int Length = BeforeJoining + (2 * Overlapping);
        const int Step = 6_007;
        await using RelayedTarget relayed = await StartAsync();
        using NetworkHost gateway = HandMadePeer.CreateGateway(relayed.Host);
        using HttpClient metrics = relayed.CreateHttpClient();

        // Once the sequence numbers wrap around nowhere, and then in each kind of segment.
        uint[] firsts = [NoWrap, .. Enumerable.Range(0, Overlapping / Step).Select(i => unchecked((uint)-(BeforeJoining + (i * Step))))];
        for (int i = 0; i < firsts.Length; i++)
        {
            byte[] stream = RandomNumberGenerator.GetBytes(Length);
            (HandMadePeer peer, Socket target) = await ConnectAsync(relayed, gateway, stream, firsts[i]);
            using (peer)
            using (target)
            {
                await FigureBecomesAsync(metrics, "tcpproxy_spliced_total", i + 1);
                Task<byte[]> receiving = RelayedTarget.ReadToEndAsync(target);
                int at = SendOverlapping(peer, BeforeJoining);
                at = SendOverlapping(peer, at);
                Assert.Equal(Length, at);
                peer.Send(at, at, isLast: true);
                AssertSame(stream, await receiving);
                End(peer, target);
            }
        }

        await FigureBecomesAsync(metrics, "tcpproxy_connections{", 0);
        Assert.Equal(firsts.Length * (Length - BeforeJoining), await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_redirected_bytes_total"));
        Assert.Equal(firsts.Length * Length, await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_bytes_to_target_total"));
    }

    [SkippableTheory]
    [InlineData(NoWrap)]
    [InlineData(unchecked((uint)-(Full + 500)))]
    [InlineData(unchecked((uint)-(Full + 40_000)))]
    public async Task Of_segments_that_overlap_the_process_is_handed_what_is_new(uint first)
    {
        const int Length = Full + Overlapping + 4_000_000;
        await using RelayedTarget relayed = await StartAsync();
        relayed.HoldLittle();
        using NetworkHost gateway = HandMadePeer.CreateGateway(relayed.Host);
        using HttpClient metrics = relayed.CreateHttpClient();
        byte[] stream = RandomNumberGenerator.GetBytes(Length);
        (HandMadePeer peer, Socket target) = await ConnectAsync(relayed, gateway, stream, first);
        using (peer)
        using (target)
        {
            await FigureBecomesAsync(metrics, "tcpproxy_spliced_total", 1);
            SendPlain(peer, BeforeJoining, Full);
            long handed = relayed.CountUnread(peer.Port);
            Assert.NotEqual(0, handed);
            int at = SendOverlapping(peer, Full);
            Assert.Equal(handed + Overlapping, relayed.CountUnread(peer.Port));

            Task<byte[]> receiving = RelayedTarget.ReadToEndAsync(target);
            while (Length - at > Overlapping) // first to the process, then to the kernel again
            {
                at = SendOverlapping(peer, at);
            }

            SendPlain(peer, at, Length);
            peer.Send(Length, Length, isLast: true);
            AssertSame(stream, await receiving);
            End(peer, target);
        }

        await FigureBecomesAsync(metrics, "tcpproxy_connections{", 0);
        Assert.InRange(await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_redirected_bytes_total"), Full + Overlapping, Length - BeforeJoining - Overlapping);
        Assert.Equal(Length, await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_bytes_to_target_total"));
    }

    [SkippableFact]
    public async Task An_end_that_comes_with_what_was_there_before_adds_nothing_to_it()
    {
        const int Length = BeforeJoining + 20_000;
        Action<HandMadePeer>[] endings =
        [
            peer => peer.Send(Length - 1_000, Length, isLast: true),
            peer => peer.Send(Length - 4_095, Length, isLast: true), // what the program cuts off at once
            peer => peer.Send(Length - 20_000, Length, isLast: true),
        ];
        await using RelayedTarget relayed = await StartAsync();
        using NetworkHost gateway = HandMadePeer.CreateGateway(relayed.Host);
        using HttpClient metrics = relayed.CreateHttpClient();
        for (int i = 0; i < endings.Length; i++)
        {
            byte[] stream = RandomNumberGenerator.GetBytes(Length);
            (HandMadePeer peer, Socket target) = await ConnectAsync(relayed, gateway, stream, NoWrap);
            using (peer)
            using (target)
            {
                await FigureBecomesAsync(metrics, "tcpproxy_spliced_total", i + 1);
                SendPlain(peer, BeforeJoining, Length);
                endings[i](peer);
                AssertSame(stream, await RelayedTarget.ReadToEndAsync(target));
                End(peer, target);
            }
        }

        await FigureBecomesAsync(metrics, "tcpproxy_connections{", 0);
        Assert.Equal(endings.Length * (Length - BeforeJoining), await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_redirected_bytes_total"));
    }

    [SkippableFact]
    public async Task An_end_that_comes_with_what_was_there_before_takes_nothing_from_what_waits_for_the_process()
    {
        await using RelayedTarget relayed = await StartAsync();
        relayed.HoldLittle();
        using NetworkHost gateway = HandMadePeer.CreateGateway(relayed.Host);
        using HttpClient metrics = relayed.CreateHttpClient();
        byte[] stream = RandomNumberGenerator.GetBytes(Full);
        (HandMadePeer peer, Socket target) = await ConnectAsync(relayed, gateway, stream, NoWrap);
        using (peer)
        using (target)
        {
            await FigureBecomesAsync(metrics, "tcpproxy_spliced_total", 1);
            SendPlain(peer, BeforeJoining, Full);
            long handed = relayed.CountUnread(peer.Port);
            Assert.NotEqual(0, handed);
            peer.Send(Full - 1_000, Full, isLast: true);
            peer.WaitUntilAcknowledged(Full + 1);
            Assert.Equal(handed + 1, relayed.CountUnread(peer.Port)); // the kernel counts the end, too
            AssertSame(stream, await RelayedTarget.ReadToEndAsync(target));
            End(peer, target);
        }
    }

    [SkippableFact]
    public async Task An_end_that_came_early_ends_what_fills_the_hole_before_it()
    {
        const int Length = BeforeJoining + 20_000;
        await using RelayedTarget relayed = await StartAsync();
        using NetworkHost gateway = HandMadePeer.CreateGateway(relayed.Host);
        using HttpClient metrics = relayed.CreateHttpClient();
        byte[] stream = RandomNumberGenerator.GetBytes(Length);
        (HandMadePeer peer, Socket target) = await ConnectAsync(relayed, gateway, stream, NoWrap);
        using (peer)
        using (target)
        {
            await FigureBecomesAsync(metrics, "tcpproxy_spliced_total", 1);
            peer.Send(Length - 3_000, Length, isLast: true);
            peer.Send(BeforeJoining, Length); // all of it, but not the end
            AssertSame(stream, await RelayedTarget.ReadToEndAsync(target));
            End(peer, target);
        }
    }

    private static Task<RelayedTarget> StartAsync() => RelayedTarget.StartAsync(["--splice", "--listen", "127.0.0.1:9090"]);

    /// <summary>A connection over which so much has passed that it is being joined.</summary>
    private async Task<(HandMadePeer Peer, Socket Target)> ConnectAsync(RelayedTarget relayed, NetworkHost gateway, byte[] stream, uint first)
    {
        HandMadePeer peer = HandMadePeer.Connect(relayed.Host, gateway, RelayedTarget.Port, _port++, stream, first);
        Socket? target = null;
        try
        {
            SendPlain(peer, 0, 8);
            target = await relayed.AcceptAsync(stream[..8]);
            SendPlain(peer, 8, BeforeJoining);
            return (peer, target);
        }
        catch
        {
            target?.Dispose();
            peer.Dispose();
            throw;
        }
    }

    private static void SendPlain(HandMadePeer peer, int at, int end)
    {
        for (int to; at < end; at = to)
        {
            to = Math.Min(at + 30_000, end);
            peer.Send(at, to);
            peer.WaitUntilAcknowledged(to);
        }
    }

    /// <summary>Sends a part of the stream in segments that overlap, all before it having been received.</summary>
    /// <returns>Where the part ends.</returns>
    private static int SendOverlapping(HandMadePeer peer, int at)
    {
        // What is new behind what is old: some of it, and more than the program can cut off at once.
        foreach ((int old, int added) in ((int, int)[])[(1, 1), (1, 999), (999, 1), (2_000, 8_999), (4_095, 2_000), (4_096, 2_000), (8_190, 2_000), (40_000, 20_000)])
        {
            peer.Send(at - old, at + added);
            at += added;
            peer.WaitUntilAcknowledged(at);
        }

        // The same again, whole and in part.
        peer.Send(at - 20_000, at);
        peer.Send(at - 15_000, at - 5_000);

        // Early: then what is missing comes with some of what came early.
        peer.Send(at + 2_000, at + 5_000);
        peer.Send(at, at + 4_000);
        at += 5_000;
        peer.WaitUntilAcknowledged(at);

        // With all of one that came early and some of another, and with what is old, too.
        peer.Send(at + 10_000, at + 30_000);
        peer.Send(at + 3_000, at + 5_000);
        peer.Send(at - 1_000, at + 16_000);
        at += 30_000;
        peer.WaitUntilAcknowledged(at);

        // Two that came early and overlap each other.
        peer.Send(at + 1_000, at + 2_000);
        peer.Send(at + 1_500, at + 2_000);
        peer.Send(at + 1_800, at + 2_000);
        peer.Send(at + 500, at + 1_700);
        peer.Send(at, at + 600);
        at += 2_000;
        peer.WaitUntilAcknowledged(at);
        return at;
    }

    /// <summary>Whether a target, which reads the first eight bytes when it accepts, received a stream.</summary>
    private static void AssertSame(byte[] stream, byte[] received)
    {
        Assert.Equal(stream.Length - 8, stream.AsSpan(8).CommonPrefixLength(received));
        Assert.Equal(stream.Length - 8, received.Length);
    }

    private static void End(HandMadePeer peer, Socket target)
    {
        target.Shutdown(SocketShutdown.Send);
        peer.WaitForEnd();
    }

    private static Task FigureBecomesAsync(HttpClient metrics, string name, long figure)
        => Eventually.IsSoAsync(async () => await ProxiedNetwork.FigureAsync(metrics, name) == figure, description: $"{name} is {figure}");
}

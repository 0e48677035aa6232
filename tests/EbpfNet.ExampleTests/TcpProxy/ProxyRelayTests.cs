using System.Net.Sockets;
using System.Security.Cryptography;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>A client's and a target's socket with the proxy between them: what one does, the other sees.</summary>
public sealed class ProxyRelayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableTheory]
    [InlineData()]
    [InlineData("--splice")]
    public async Task Random_blocks_pass_both_ways_at_once_without_loss_in_their_order(params string[] arguments)
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync(arguments);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async seed =>
        {
            (Socket client, Socket target) = await relayed.ConnectAsync();
            using (client)
            using (target)
            {
                Task<string> toTarget = SendRandomAsync(client, seed);
                Task<string> toClient = SendRandomAsync(target, 1000 + seed);
                Task<string> atTarget = ReceiveAsync(target);
                Task<string> atClient = ReceiveAsync(client);
                Assert.Equal(await toTarget, await atTarget);
                Assert.Equal(await toClient, await atClient);
            }
        }));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(true, "--splice")]
    [InlineData(false)]
    [InlineData(false, "--splice")]
    public async Task Either_side_may_say_that_it_has_sent_all_and_still_be_answered(bool clientFirst, params string[] arguments)
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync(arguments);
        (Socket client, Socket target) = await relayed.ConnectAsync();
        using (client)
        using (target)
        {
            (Socket first, Socket second) = clientFirst ? (client, target) : (target, client);
            await first.SendAsync("all of it"u8.ToArray());
            first.Shutdown(SocketShutdown.Send);
            Assert.Equal("all of it", await ProxiedNetwork.ReadToEndAsync(second));
            await Task.Delay(100);

            await second.SendAsync("a late "u8.ToArray());
            await Task.Delay(100);
            await second.SendAsync("answer"u8.ToArray());
            second.Shutdown(SocketShutdown.Send);
            Assert.Equal("a late answer", await ProxiedNetwork.ReadToEndAsync(first));
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(true, "--splice")]
    [InlineData(false)]
    [InlineData(false, "--splice")]
    public async Task A_reset_by_one_side_is_one_for_the_other(bool byClient, params string[] arguments)
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync(arguments);
        (Socket client, Socket target) = await relayed.ConnectAsync();
        (Socket resetting, Socket other) = byClient ? (client, target) : (target, client);
        using (other)
        {
            await resetting.SendAsync("x"u8.ToArray());
            Assert.Equal(1, await other.ReceiveAsync(new byte[16]).WaitAsync(Patience));

            resetting.LingerState = new LingerOption(true, 0);
            resetting.Dispose();

            SocketException e = await Assert.ThrowsAsync<SocketException>(() => other.ReceiveAsync(new byte[16]).WaitAsync(Patience));
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }
    }

    [SkippableTheory]
    [InlineData()]
    [InlineData("--splice")]
    public async Task Urgent_bytes_arrive_in_their_places(params string[] arguments)
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync(["--listen", "127.0.0.1:9090", .. arguments]);
        (Socket client, Socket target) = await relayed.ConnectAsync();
        using (client)
        using (target)
        {
            const int EnoughToJoin = 80_000;
            byte[] stream = RandomNumberGenerator.GetBytes(300_000);
            int[] urgent = [5_000, 200_000]; // before the connection is joined, and after
            using HttpClient metrics = relayed.CreateHttpClient();
            Task sending = Task.Run(async () =>
            {
                client.Send(stream.AsSpan(0, urgent[0]));
                client.Send(stream.AsSpan(urgent[0], 1), SocketFlags.OutOfBand);
                client.Send(stream.AsSpan((urgent[0] + 1)..EnoughToJoin));
                if (arguments is ["--splice"])
                {
                    await Eventually.IsSoAsync(async () => await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_spliced_total") == 1);
                }

                client.Send(stream.AsSpan(EnoughToJoin..urgent[1]));
                client.Send(stream.AsSpan(urgent[1], 1), SocketFlags.OutOfBand);
                client.Send(stream.AsSpan((urgent[1] + 1)..));
                client.Shutdown(SocketShutdown.Send);
            });
            Task<byte[]> receiving = RelayedTarget.ReadToEndAsync(target);
            await sending;
            Assert.Equal(stream, await receiving);
            if (arguments is ["--splice"])
            {
                target.Shutdown(SocketShutdown.Send);
                await Eventually.IsSoAsync(async () => await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_redirected_bytes_total") > 100_000);
            }
        }
    }

    [SkippableTheory]
    [InlineData()]
    [InlineData("--splice")]
    public async Task A_slow_reader_slows_its_sender_down_and_gets_all_in_the_end(params string[] arguments)
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync(arguments);
        (Socket client, Socket target) = await relayed.ConnectAsync();
        using (client)
        using (target)
        {
            using IncrementalHash sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            byte[] block = new byte[60_000];
            long sent = 0;
            client.Blocking = false;
            for (int round = 0; sent < 1L << 30 && client.Poll(TimeSpan.FromSeconds(2), SelectMode.SelectWrite); round++)
            {
                block.AsSpan().Fill((byte)round);
                int length = client.Send(block, SocketFlags.None, out _); // as much as there is room for
                sum.AppendData(block, 0, length);
                sent += length;
            }

            Assert.InRange(sent, 1, 64 << 20);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(Describe(sent, sum), await ReceiveAsync(target));
        }
    }

    [SkippableTheory]
    [InlineData()]
    [InlineData("--splice")]
    public async Task The_last_bytes_wait_for_a_reader_that_pauses_after_both_sides_have_sent_all(params string[] arguments)
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync(arguments);
        (Socket client, Socket target) = await relayed.ConnectAsync();
        using (client)
        using (target)
        {
            target.ReceiveBufferSize = 16_384; // so that much waits in the proxy
            target.Shutdown(SocketShutdown.Send);
            Task<string> sending = SendRandomAsync(client, 1);
            Assert.Equal("", await ProxiedNetwork.ReadToEndAsync(client));
            await Task.Delay(TimeSpan.FromSeconds(4)); // a connection that is closed in a made host is given up before that

            string received = await ReceiveAsync(target);
            Assert.Equal(await sending, received);
        }
    }

    [SkippableTheory]
    [InlineData()]
    [InlineData("--splice")]
    public async Task What_is_relayed_costs_no_allocation(params string[] arguments)
    {
        const int Rounds = 20_000;
        const int Megabytes = 200;
        await using RelayedTarget relayed = await RelayedTarget.StartAsync(["--listen", "127.0.0.1:9090", .. arguments]);
        using HttpClient metrics = relayed.CreateHttpClient();
        (Socket client, Socket target) = await relayed.ConnectAsync();
        using (client)
        using (target)
        {
            await BounceAsync(1_000); // until everything is there that stays
            long allocated = await AllocatedByAsync(() => BounceAsync(Rounds));
            Assert.InRange(allocated, long.MinValue, 2 * Rounds * 8); // bytes, for two buffers each round: no object is smaller than 24

            await StreamAsync(10_000_000);
            allocated = await AllocatedByAsync(() => StreamAsync(Megabytes * 1_000_000));
            Assert.InRange(allocated, long.MinValue, Megabytes * 1_000_000 / 50); // a buffer of 64 KiB for each would be all of it
        }

        async Task BounceAsync(int rounds)
        {
            byte[] buffer = new byte[100];
            for (int round = 0; round < rounds; round++)
            {
                await client.SendAsync(buffer);
                await target.ReceiveAsync(buffer);
                await target.SendAsync(buffer);
                await client.ReceiveAsync(buffer);
            }
        }

        async Task StreamAsync(int length)
        {
            Task sending = SendAllAsync(client, length);
            byte[] buffer = new byte[64 * 1024];
            for (int received = 0; received < length;)
            {
                received += await target.ReceiveAsync(buffer.AsMemory()).AsTask().WaitAsync(Patience);
            }

            await sending;
        }

        async Task<long> AllocatedByAsync(Func<Task> work)
        {
            const string Name = "tcpproxy_allocated_bytes_total";
            _ = await ProxiedNetwork.FigureAsync(metrics, Name);
            long before = await ProxiedNetwork.FigureAsync(metrics, Name);
            long looking = await ProxiedNetwork.FigureAsync(metrics, Name) - before; // what asking costs
            before = await ProxiedNetwork.FigureAsync(metrics, Name);
            await work();
            return await ProxiedNetwork.FigureAsync(metrics, Name) - before - looking;
        }
    }

    [SkippableFact]
    public async Task With_splice_the_kernel_sends_what_is_received()
    {
        const int Rounds = 1_000;
        const int Size = 10_000;
        const int BeforeJoining = 64 * 1024;
        await using RelayedTarget relayed = await RelayedTarget.StartAsync(["--splice", "--listen", "127.0.0.1:9090"]);
        using HttpClient metrics = relayed.CreateHttpClient();
        (Socket client, Socket target) = await relayed.ConnectAsync();
        using (client)
        using (target)
        {
            byte[] question = new byte[Size];
            byte[] answer = new byte[Size];
            byte[] word = new byte[10];
            for (int round = 0; round < Rounds; round++)
            {
                question.AsSpan().Fill((byte)round);
                await client.SendAsync(question);
                for (int length = 0; length < Size;)
                {
                    length += await target.ReceiveAsync(answer.AsMemory(length)).AsTask().WaitAsync(Patience);
                }

                Assert.Equal(question, answer);
                await target.SendAsync(word);
                await client.ReceiveAsync(word.AsMemory()).AsTask().WaitAsync(Patience);
            }

            client.Shutdown(SocketShutdown.Send);
            Assert.Equal("", await ProxiedNetwork.ReadToEndAsync(target));
            target.Shutdown(SocketShutdown.Send);
            Assert.Equal("", await ProxiedNetwork.ReadToEndAsync(client));
        }

        await Eventually.IsSoAsync(async () => await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_connections{") == 0); // what was redirected is counted at the end
        Assert.Equal(1, await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_spliced_total"));
        Assert.InRange(await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_redirected_bytes_total"), (Rounds * Size) - (2 * BeforeJoining), (Rounds * Size) - BeforeJoining + Size);
        Assert.Equal((Rounds * Size) + 8, await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_bytes_to_target_total"));
        Assert.Equal(Rounds * 10, await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_bytes_from_target_total"));
    }

    [SkippableTheory]
    [InlineData()]
    [InlineData("--splice")]
    public async Task A_connection_over_which_nothing_passes_is_cut_off_when_that_is_asked_for(params string[] arguments)
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync(["--idle-timeout", "6", "--listen", "127.0.0.1:9090", .. arguments]);
        using HttpClient metrics = relayed.CreateHttpClient();
        (Socket client, Socket target) = await relayed.ConnectAsync();
        using (client)
        using (target)
        {
            for (int round = 0; round < 14; round++)
            {
                await Task.Delay(600); // not idle for 8 s: something passes one way
                await target.SendAsync("x"u8.ToArray());
                Assert.Equal(1, await client.ReceiveAsync(new byte[16].AsMemory()).AsTask().WaitAsync(Patience));
            }

            Assert.Equal(0, await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_idle_total"));
            await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(new byte[16].AsMemory()).AsTask().WaitAsync(Patience));
            await Assert.ThrowsAsync<SocketException>(() => target.ReceiveAsync(new byte[16].AsMemory()).AsTask().WaitAsync(Patience));
            await Eventually.IsSoAsync(async () => await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_idle_total") == 1);
        }
    }

    private static async Task SendAllAsync(Socket socket, int length)
    {
        byte[] block = new byte[64 * 1024];
        for (int sent = 0; sent < length;)
        {
            sent += await socket.SendAsync(block.AsMemory(0, Math.Min(block.Length, length - sent))).AsTask().WaitAsync(Patience);
        }
    }

    /// <summary>Sends blocks of random sizes, now and then with a pause, and the end.</summary>
    private static async Task<string> SendRandomAsync(Socket socket, int seed)
    {
        Random random = new(seed);
        using IncrementalHash sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long sent = 0;
        for (int blocks = random.Next(1, 300); blocks > 0; blocks--)
        {
            byte[] block = new byte[random.Next(3) == 0 ? random.Next(1, 200_000) : random.Next(1, 2_000)];
            random.NextBytes(block);
            sum.AppendData(block);
            sent += block.Length;
            for (int from = 0; from < block.Length;)
            {
                from += await socket.SendAsync(block.AsMemory(from)).AsTask().WaitAsync(Patience);
            }

            if (random.Next(20) == 0)
            {
                await Task.Delay(random.Next(5));
            }
        }

        socket.Shutdown(SocketShutdown.Send);
        return Describe(sent, sum);
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        using IncrementalHash sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[32 * 1024];
        long received = 0;
        while (await socket.ReceiveAsync(buffer.AsMemory()).AsTask().WaitAsync(Patience) is > 0 and var length)
        {
            sum.AppendData(buffer, 0, length);
            received += length;
        }

        return Describe(received, sum);
    }

    private static string Describe(long length, IncrementalHash sum) => $"{length} bytes, {Convert.ToHexString(sum.GetCurrentHash())}";
}

using System.Net;
using System.Net.Sockets;
using EbpfNet.Programs;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>Connections that the kernel joins, when something goes wrong or too slowly.</summary>
public sealed class ProxyJoinTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_by_one_side_of_a_joined_connection_is_one_for_the_other(bool byClient)
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync("--splice", "--listen", "127.0.0.1:9090");
        (Socket client, Socket target) = await ConnectJoinedAsync(relayed);
        (Socket resetting, Socket other) = byClient ? (client, target) : (target, client);
        using (other)
        {
            resetting.LingerState = new LingerOption(true, 0);
            resetting.Dispose();

            SocketException e = await Assert.ThrowsAsync<SocketException>(() => other.ReceiveAsync(new byte[16]).WaitAsync(Patience));
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }
    }

    [SkippableFact]
    public async Task A_joined_connection_of_which_data_could_not_be_put_in_order_is_reset()
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync("--splice", "--listen", "127.0.0.1:9090");
        (Socket client, Socket target) = await ConnectJoinedAsync(relayed);
        using (client)
        using (target)
        {
            // As if the program had been out of memory.
            using KernelTrace held = KernelTrace.Of(relayed.ProxyId);
            using BpfMap map = BpfMap.OpenById(held.Maps.Single(id =>
            {
                using BpfMap one = BpfMap.OpenById(id);
                return one.Name == "flows";
            }));
            BpfHashMap<ulong, TcpProxyProgram.TcpProxyFlow> flows = new(map);
            (ulong cookie, TcpProxyProgram.TcpProxyFlow flow) = Assert.Single(flows);
            flow.IsBroken = 1;
            flows[cookie] = flow;

            await client.SendAsync("what follows"u8.ToArray());

            foreach (Socket end in (Socket[])[target, client])
            {
                SocketException e = await Assert.ThrowsAsync<SocketException>(() => end.ReceiveAsync(new byte[16]).WaitAsync(Patience));
                Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
            }
        }
    }

    [SkippableFact]
    public async Task What_waits_for_a_reader_that_is_slower_than_the_sender_has_a_bound()
    {
        const int Length = 150_000_000;
        const int Pause = 1 << 20; // bytes after which the reader pauses
        await using RelayedTarget relayed = await RelayedTarget.StartAsync("--splice", "--listen", "127.0.0.1:9090");
        (Socket client, Socket target) = await ConnectJoinedAsync(relayed);
        using (client)
        using (target)
        {
            int port = ((IPEndPoint)client.LocalEndPoint!).Port;
            Task sending = Task.Run(() =>
            {
                byte[] block = new byte[256 * 1024];
                for (int sent = 0; sent < Length;)
                {
                    sent += client.Send(block.AsSpan(0, Math.Min(block.Length, Length - sent)));
                }

                client.Shutdown(SocketShutdown.Send);
            });
            long most = 0;
            long received = 0;
            byte[] buffer = new byte[256 * 1024];
            for (long before = 0; await target.ReceiveAsync(buffer.AsMemory()).AsTask().WaitAsync(Patience) is > 0 and var length;)
            {
                received += length;
                if (received - before > Pause)
                {
                    before = received;
                    most = Math.Max(most, relayed.CountUnread(port));
                    await Task.Delay(1);
                }
            }

            await sending;
            Assert.Equal(Length, received);
            Assert.InRange(most, 1, 8 << 20);
        }
    }

    [SkippableFact]
    public async Task Who_goes_on_sending_over_a_joined_connection_is_told_that_the_other_side_is_gone()
    {
        await using RelayedTarget relayed = await RelayedTarget.StartAsync("--splice", "--listen", "127.0.0.1:9090");
        (Socket client, Socket target) = await ConnectJoinedAsync(relayed);
        using (client)
        {
            target.Shutdown(SocketShutdown.Send); // from here on the proxy waits for the client alone
            Assert.Equal("", await ProxiedNetwork.ReadToEndAsync(client));
            target.LingerState = new LingerOption(true, 0);
            target.Dispose();

            await Assert.ThrowsAsync<SocketException>(async () =>
            {
                for (int round = 0; round < 500; round++)
                {
                    await client.SendAsync(new byte[100]).WaitAsync(Patience);
                    await Task.Delay(10);
                }
            });
        }
    }

    /// <summary>A connection of which what the client sends goes through the kernel.</summary>
    private static async Task<(Socket Client, Socket Target)> ConnectJoinedAsync(RelayedTarget relayed)
    {
        const int WorthJoining = 64 * 1024;
        using HttpClient metrics = relayed.CreateHttpClient();
        (Socket client, Socket target) = await relayed.ConnectAsync();
        Task<int> sending = client.SendAsync(new byte[WorthJoining]);
        byte[] buffer = new byte[WorthJoining];
        for (int received = 0; received < WorthJoining;)
        {
            received += await target.ReceiveAsync(buffer.AsMemory()).AsTask().WaitAsync(Patience);
        }

        await sending;
        await Eventually.IsSoAsync(async () => await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_spliced_total") != 0);
        return (client, target);
    }
}

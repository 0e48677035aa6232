using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DemoNetwork;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>A server with nothing but sockets: it reads requests whose heads come in two parts, and answers every fourth with 404.</summary>
internal sealed class PlainServer : IAsyncDisposable
{
    private static readonly byte[] Found = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nHTTP/1.1 200 OK");
    private static readonly byte[] NotFound = Encoding.ASCII.GetBytes("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    private static readonly byte[] FirstPart = Encoding.ASCII.GetBytes("GE");
    private static readonly byte[] SecondPart = Encoding.ASCII.GetBytes("T / HTTP/1.1\r\nHost: plain\r\n\r\n");

    private readonly NetworkHost _host;
    private readonly Socket _listener;
    private readonly ReadCall _reads;
    private readonly WriteCall _writes;
    private readonly Task _serving;

    private PlainServer(NetworkHost host, Socket listener, ReadCall reads, WriteCall writes)
    {
        _host = host;
        _listener = listener;
        _reads = reads;
        _writes = writes;
        _serving = Task.Run(Serve);
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>How many of so many requests are answered with 404.</summary>
    internal static int NotFoundOf(int requests) => requests / 4;

    internal static PlainServer Start(NetworkHost host, IPAddress address, ReadCall reads = ReadCall.Read, WriteCall writes = WriteCall.Write)
        => new(host, host.CreateListener(new IPEndPoint(address, 0)), reads, writes);

    /// <summary>Asks from the same host.</summary>
    internal Task AskAsync(int requests) => AskAsync(_host, requests);

    /// <summary>Asks over one connection; the server takes no second one.</summary>
    internal async Task AskAsync(NetworkHost from, int requests)
    {
        IPEndPoint server = (IPEndPoint)_listener.LocalEndPoint!;
        using Socket client = await from.ConnectAsync(server, TimeSpan.FromSeconds(5));
        client.NoDelay = true;
        byte[] buffer = new byte[1024];
        for (int i = 1; i <= requests; i++)
        {
            await client.SendAsync(FirstPart);
            long sent = Stopwatch.GetTimestamp();
            do
            {
                await Task.Delay(1); // may be less: timers look at a clock of 4 ms
            }
            while (Stopwatch.GetElapsedTime(sent) < TimeSpan.FromMilliseconds(1));

            await client.SendAsync(SecondPart);
            int expected = i % 4 == 0 ? NotFound.Length : Found.Length;
            for (int received = 0; received < expected;)
            {
                int read = await client.ReceiveAsync(buffer.AsMemory(received));
                Assert.True(read > 0, "the server closed the connection");
                received += read;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
    }

    private void Serve()
    {
        try
        {
            using Socket connection = _listener.Accept();
            using TransferCalls calls = new(connection, _reads, _writes);
            byte[] buffer = new byte[1024];
            int whole = FirstPart.Length + SecondPart.Length;
            for (int received = 0; ;)
            {
                int read = calls.Read(buffer);
                if (read == 0)
                {
                    return;
                }

                received += read;
                if (received % whole == 0)
                {
                    calls.Write(received / whole % 4 == 0 ? NotFound : Found);
                }
            }
        }
        catch (SocketException)
        {
            // The listener was closed before anybody asked.
        }
    }
}

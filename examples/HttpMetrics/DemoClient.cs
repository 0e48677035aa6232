using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DemoNetwork;
using ExampleHost;

namespace HttpMetrics;

/// <summary>A client of the demo: sends requests as bytes, so that they can be cut and joined as no polite client does.</summary>
internal sealed class DemoClient(NetworkHost host, IPEndPoint server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    private static ReadOnlySpan<byte> LengthHeader => "\r\nContent-Length: "u8;

    /// <summary>Sends requests over connections that are kept, each waiting for the answer to the one before.</summary>
    /// <returns>How long it took, and how long from sending a request to having its whole response on average.</returns>
    internal async Task<(TimeSpan Duration, TimeSpan Average)> AskAsync(int requests, int connections, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        int left = requests;
        long ticks = 0;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(connections, requests)).Select(_ => Task.Run(AskOnOneAsync, stop)));
        return (Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds((double)ticks / Stopwatch.Frequency / requests));

        async Task AskOnOneAsync()
        {
            byte[] request = Request("keep-alive");
            byte[] buffer = new byte[4096];
            using Socket socket = await ConnectAsync(stop);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                long sent = Stopwatch.GetTimestamp();
                await socket.SendAsync(request, stop);
                await ReceiveAsync(socket, buffer, responses: 1, stop);
                Interlocked.Add(ref ticks, Stopwatch.GetTimestamp() - sent);
            }
        }
    }

    /// <summary>Sends requests over a connection each.</summary>
    internal async Task AskAnewAsync(int requests, CancellationToken stop)
    {
        byte[] request = Request("close");
        byte[] buffer = new byte[4096];
        for (int i = 0; i < requests; i++)
        {
            using Socket socket = await ConnectAsync(stop);
            await socket.SendAsync(request, stop);
            await ReceiveAsync(socket, buffer, responses: 1, stop);
        }
    }

    /// <summary>Sends several requests at once, before any response.</summary>
    internal async Task AskAtOnceAsync(int requests, CancellationToken stop)
    {
        using Socket socket = await ConnectAsync(stop);
        await socket.SendAsync(Enumerable.Repeat(Request("keep-alive"), requests).SelectMany(bytes => bytes).ToArray(), stop);
        await ReceiveAsync(socket, new byte[4096], requests, stop);
    }

    /// <summary>Sends a request byte by byte, each in a packet of its own.</summary>
    internal async Task AskByteByByteAsync(CancellationToken stop)
    {
        using Socket socket = await ConnectAsync(stop);
        foreach (byte next in Request("keep-alive"))
        {
            await socket.SendAsync(new[] { next }, stop);
        }

        await ReceiveAsync(socket, new byte[4096], responses: 1, stop);
    }

    /// <summary>Sends something else, and waits until the server has had enough of it.</summary>
    internal async Task SendAsync(byte[] bytes, CancellationToken stop)
    {
        using Socket socket = await ConnectAsync(stop);
        await socket.SendAsync(bytes, stop);
        byte[] buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, stop) > 0)
        {
            // The server's complaint.
        }
    }

    private async Task<Socket> ConnectAsync(CancellationToken stop)
    {
        Socket socket = await host.ConnectAsync(server, Patience, stop);
        socket.NoDelay = true;
        return socket;
    }

    private byte[] Request(string connection) => Request(server, connection);

    /// <summary>A request's bytes.</summary>
    internal static byte[] Request(IPEndPoint server, string connection) => Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {server}\r\nConnection: {connection}\r\n\r\n");

    /// <summary>Reads whole responses; what they say does not matter.</summary>
    private static async Task ReceiveAsync(Socket socket, byte[] buffer, int responses, CancellationToken stop)
    {
        int filled = 0;
        while (responses > 0)
        {
            int received = await socket.ReceiveAsync(buffer.AsMemory(filled), stop);
            if (received == 0)
            {
                throw new UserErrorException("The server closed the connection in the middle of a response.");
            }

            filled += received;
            while (responses > 0 && LengthOfResponse(buffer.AsSpan(0, filled)) is > 0 and int length)
            {
                buffer.AsSpan(length, filled - length).CopyTo(buffer);
                filled -= length;
                responses--;
            }
        }
    }

    /// <summary>How many bytes the first response has; 0 while it is not there whole.</summary>
    internal static int LengthOfResponse(ReadOnlySpan<byte> bytes)
    {
        int head = bytes.IndexOf(HeadEnd);
        int header = bytes.IndexOf(LengthHeader);
        if (head < 0 || header < 0 || header > head)
        {
            return 0;
        }

        _ = System.Buffers.Text.Utf8Parser.TryParse(bytes[(header + LengthHeader.Length)..], out int body, out _);
        int whole = head + HeadEnd.Length + body;
        return whole <= bytes.Length ? whole : 0;
    }
}

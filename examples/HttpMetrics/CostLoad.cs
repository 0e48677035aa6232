using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ExampleHost;

namespace HttpMetrics;

/// <summary>A client that asks with as little effort as can be: one thread, two system calls for each request, and always a request on its way on all of the other connections.</summary>
internal static class CostLoad
{
    /// <summary>Asks so many times.</summary>
    /// <returns>How long it took in all, and how long half of the answers and 99 % of them took at most.</returns>
    internal static TimeSpan[] Ask(IPEndPoint server, int requests, int connections)
    {
        connections = Math.Min(connections, requests);
        byte[] request = DemoClient.Request(server, "keep-alive");
        byte[] buffer = new byte[4096];
        long[] sent = new long[connections];
        List<long> latencies = new(requests);
        Socket[] sockets = [.. Enumerable.Range(0, connections).Select(_ => Connect(server))];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < requests + connections; i++)
        {
            Socket socket = sockets[i % connections];
            if (i >= connections)
            {
                Receive(socket, buffer);
                latencies.Add(Stopwatch.GetTimestamp() - sent[i % connections]);
            }

            if (i < requests)
            {
                sent[i % connections] = Stopwatch.GetTimestamp();
                socket.Send(request);
            }
        }

        TimeSpan all = Stopwatch.GetElapsedTime(start);
        foreach (Socket socket in sockets)
        {
            socket.Dispose();
        }

        latencies.Sort();
        return [all, Part(0.5), Part(0.99)];

        TimeSpan Part(double part) => Stopwatch.GetElapsedTime(0, latencies[(int)((requests - 1) * part)]);
    }

    private static Socket Connect(IPEndPoint server)
    {
        Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                socket.Connect(server);
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && attempt < 200)
            {
                Thread.Sleep(50); // the server starts at the same time
            }
        }
    }

    private static void Receive(Socket socket, byte[] buffer)
    {
        int filled = 0;
        do
        {
            int received = socket.Receive(buffer.AsSpan(filled));
            filled += received > 0 ? received : throw new UserErrorException("The server closed the connection in the middle of a response.");
        }
        while (DemoClient.LengthOfResponse(buffer.AsSpan(0, filled)) == 0);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ExampleHost;

namespace TcpProxy;

/// <summary>Clients and targets of the soak, in one network with the proxy.</summary>
/// <param name="connections">How many short connections.</param>
/// <param name="bytes">How many bytes over four long ones, there and back.</param>
/// <param name="atOnce">How many short connections at a time.</param>
internal sealed class SoakLoad(int connections, long bytes, int atOnce)
{
    private const int FirstPort = 20_000;
    private const int Ports = 64; // as many as the proxy steers: one would run out of client ports
    private const int FirstTargetPort = 9001;
    private const int MetricsPort = 9090;
    private const int Streams = 4;
    private const int Block = 64 * 1024;

    private static readonly string[] Targets = [$"127.0.0.1:{FirstTargetPort}", $"[::1]:{FirstTargetPort + 1}"];
    private static readonly byte[] Greeting = "T"u8.ToArray();

    private readonly byte[] _pattern = MakePattern();
    private int _errors;
    private string? _firstError;

    /// <summary>Sends it through each of these in turn, so many times, and says how long that took.</summary>
    public async Task<int> RunAsync(SoakWay[] ways, int rounds, CancellationToken stop)
    {
        SoakResults results = new();
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _ = Task.Run(() =>
        {
            while (Console.In.Read() >= 0)
            {
                // Only its end says something: that whoever started this is gone.
            }

            ending.Cancel();
        }, CancellationToken.None);

        using DemoTarget first = new("T", Listen(FirstTargetPort));
        using DemoTarget second = new("T", Listen(FirstTargetPort + 1));
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                for (int turn = 0; turn < ways.Length; turn++)
                {
                    SoakWay way = ways[(round + turn) % ways.Length]; // in another order each time: what one leaves behind, the next one has
                    results.Add(way, await RunAsync(way, ending.Token));
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new UserErrorException("Stopped before the end.");
        }

        if (ways.Length > 1)
        {
            Console.WriteLine($"\nMedians of {rounds} rounds:\n\n{results.Table()}\n");
        }

        Console.WriteLine(_errors == 0 ? "No error." : $"{_errors:N0} errors, the first: {_firstError}");
        return _errors == 0 ? CommandLine.Success : CommandLine.Failure;
    }

    private async Task<SoakResults.Round> RunAsync(SoakWay way, CancellationToken stop)
    {
        string config = $$"""{ "Apps": [{ "Name": "soak", "Ports": ["{{FirstPort}}-{{FirstPort + Ports - 1}}"], "Targets": ["{{string.Join("\", \"", Targets)}}"] }] }""";
        await using ProxyProcess? proxy = way is SoakWay.Process or SoakWay.Splice ? await ProxyProcess.StartAsync(null, config, ["--listen", $"127.0.0.1:{MetricsPort}", .. way == SoakWay.Splice ? ["--splice"] : (string[])[]], stop) : null;
        using HaProxyProcess? other = way is SoakWay.HaProxy ? await HaProxyProcess.StartAsync(FirstPort, Ports, Targets, stop) : null;
        string name = SoakResults.NameOf(way);
        Func<TimeSpan>? used = proxy is not null ? () => proxy.ProcessorTime : other is not null ? () => other.ProcessorTime : null;
        bool direct = way == SoakWay.Direct;
        await ConnectManyAsync(connections / 4, direct, stop); // so that all code is there that is compiled when it is used
        (double seconds, double processor) = await MeasureAsync(name, $"{connections:N0} connections", used, seconds => $"{connections / seconds:N0} connections/s", () => ConnectManyAsync(connections, direct, stop));
        (double streaming, double streamed) = await MeasureAsync(name, $"{bytes:N0} bytes, there and back", used, seconds => $"{bytes / seconds / 1e6:N0} MB/s each way", () => StreamAsync(direct, stop));
        if (way == SoakWay.Splice)
        {
            await TryAsync(async () =>
            {
                long redirected = await RedirectedAsync(stop);
                Console.WriteLine($"{name}: {redirected:N0} of these bytes never came to the process");
                return redirected > 0 || bytes < Streams * 1_000_000 ? null : "the kernel sent nothing on";
            });
        }

        return new SoakResults.Round(connections / seconds, processor / connections, bytes / streaming, streamed / bytes, await LatencyAsync(direct, stop));
    }

    /// <summary>How many bytes the kernel sent on, once all connections are counted.</summary>
    private static async Task<long> RedirectedAsync(CancellationToken stop)
    {
        using HttpClient client = new();
        for (int attempt = 1; ; attempt++)
        {
            string[] lines = (await client.GetStringAsync(new Uri($"http://127.0.0.1:{MetricsPort}/metrics"), stop)).Split('\n');
            if (attempt == 100 || Sum(lines, "tcpproxy_connections{") == 0)
            {
                return Sum(lines, "tcpproxy_redirected_bytes_total{");
            }

            await Task.Delay(50, stop);
        }

        static long Sum(string[] lines, string name) => lines.Where(line => line.StartsWith(name, StringComparison.Ordinal)).Sum(line => long.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }

    private static async Task<(double Seconds, double Processor)> MeasureAsync(string name, string what, Func<TimeSpan>? used, Func<double, string> rate, Func<Task> work)
    {
        TimeSpan before = used?.Invoke() ?? default;
        long start = Stopwatch.GetTimestamp();
        await work();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double processor = used is null ? double.NaN : (used() - before).TotalSeconds;
        string tail = used is null ? "" : $", {processor:N1} s of processor time in the proxy";
        Console.WriteLine($"{name}: {what}: {seconds:N1} s, {rate(seconds)}{tail}");
        return (seconds, processor);
    }

    /// <summary>How long a byte takes there and back, once the connection is there: the median of many.</summary>
    private static async Task<double> LatencyAsync(bool direct, CancellationToken stop)
    {
        using Socket socket = await ConnectAsync(0, direct, stop);
        byte[] one = new byte[1];
        await socket.ReceiveAsync(one, stop); // the greeting
        double[] took = new double[2000];
        for (int round = 0; round < took.Length; round++)
        {
            long start = Stopwatch.GetTimestamp();
            await socket.SendAsync(one, stop);
            await socket.ReceiveAsync(one, stop);
            took[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(took);
        return took[took.Length / 2];
    }

    private Task ConnectManyAsync(int count, bool direct, CancellationToken stop)
        => Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = stop }, async (number, _) =>
        {
            byte[] word = Encoding.ASCII.GetBytes($"connection {number}");
            await TryAsync(async () =>
            {
                using Socket socket = await ConnectAsync(number, direct, stop);
                await SendAllAsync(socket, word, stop);
                socket.Shutdown(SocketShutdown.Send);
                byte[] answer = new byte[64];
                int length = 0;
                while (await socket.ReceiveAsync(answer.AsMemory(length), stop) is > 0 and var more)
                {
                    length += more;
                }

                return answer.AsSpan(0, length).SequenceEqual([.. Greeting, .. word]) ? null : $"connection {number} got {length} bytes, not its own word";
            });
        });

    private Task StreamAsync(bool direct, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Streams).Select(stream => TryAsync(async () =>
    {
        using Socket socket = await ConnectAsync(stream, direct, stop);
        byte[] greeting = new byte[1];
        await socket.ReceiveAsync(greeting, stop);
        long length = bytes / Streams;
        Task sending = SendPatternAsync(socket, length, stop);
        string? wrong = await ReceivePatternAsync(socket, length, stop);
        if (wrong is null)
        {
            await sending; // else nobody reads any more, and it would wait without an end
        }

        return wrong;
    })));

    // The pattern's length has no divisor in common with the blocks': a block in a wrong place is seen.
    private async Task SendPatternAsync(Socket socket, long length, CancellationToken stop)
    {
        for (long at = 0; at < length;)
        {
            int from = (int)(at % PatternLength);
            at += await socket.SendAsync(_pattern.AsMemory(from, (int)Math.Min(Block, length - at)), stop);
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private async Task<string?> ReceivePatternAsync(Socket socket, long length, CancellationToken stop)
    {
        byte[] buffer = new byte[Block];
        long at = 0;
        while (await socket.ReceiveAsync(buffer, stop) is > 0 and var received)
        {
            if (!buffer.AsSpan(0, received).SequenceEqual(_pattern.AsSpan((int)(at % PatternLength), received)))
            {
                return $"a stream is wrong within {received} bytes from byte {at:N0}";
            }

            at += received;
        }

        return at == length ? null : $"a stream has {at:N0} of {length:N0} bytes";
    }

    private const int PatternLength = 65_521;

    private static byte[] MakePattern()
    {
        byte[] once = new byte[PatternLength];
        new Random(1).NextBytes(once);
        return [.. once, .. once, .. once];
    }

    private async Task TryAsync(Func<Task<string?>> work)
    {
        string? failure;
        try
        {
            failure = await work();
        }
        catch (Exception e) when (e is SocketException or HttpRequestException)
        {
            failure = e.Message;
        }

        if (failure is not null)
        {
            Interlocked.Increment(ref _errors);
            Interlocked.CompareExchange(ref _firstError, failure, null);
        }
    }

    private static async Task<Socket> ConnectAsync(int number, bool direct, CancellationToken stop)
    {
        IPAddress address = number % 2 == 0 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        int port = direct ? FirstTargetPort + (number % 2) : FirstPort + (number % Ports);
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(address, port), stop);
        return socket;
    }

    private static async Task SendAllAsync(Socket socket, byte[] bytes, CancellationToken stop)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), stop);
        }
    }

    private static Socket Listen(int port)
    {
        Socket socket = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        socket.Listen(4096);
        return socket;
    }
}

/// <summary>What the soak goes through.</summary>
internal enum SoakWay
{
    /// <summary>The proxy; what is relayed goes through its process.</summary>
    Process,

    /// <summary>The proxy, with connections joined in the kernel.</summary>
    Splice,

    /// <summary>Nothing: from clients to targets.</summary>
    Direct,

    /// <summary>HAProxy.</summary>
    HaProxy,
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using DemoNetwork;
using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;

namespace HttpMetrics;

/// <summary>
/// Two hosts on one cable, the demo's server on the one and who asks it on the other, each a process with a processor of its own: so it is the server that cannot do more, and its processor is at work all the time.
/// </summary>
internal sealed class CostScene : IAsyncDisposable
{
    private const string Server = "server";
    private const string Client = "client";
    private static readonly IPAddress ClientAddress = IPAddress.Parse("172.20.0.11");
    private static readonly IPEndPoint ServerAddress = new(DemoScene.ServerIPv4, DemoScene.FirstPort);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1) / 100; // USER_HZ

    private readonly NetworkHost _serverHost = NetworkHost.Create(Server);
    private readonly NetworkHost _clientHost = NetworkHost.Create(Client);
    private readonly Process _server;
    private readonly Process _client;

    internal CostScene()
    {
        VethPair.Create(_serverHost, DemoScene.InterfaceName, _clientHost, DemoScene.InterfaceName);
        _serverHost.AddAddress(DemoScene.InterfaceName, DemoScene.ServerIPv4, 24);
        _clientHost.AddAddress(DemoScene.InterfaceName, ClientAddress, 24);
        _server = Start(_serverHost, Server, Environment.ProcessorCount - 1);
        _client = Start(_clientHost, Client, 0);
    }

    /// <summary>Asks so many times.</summary>
    /// <param name="source">Who looks on; nobody when <see langword="null"/>.</param>
    /// <param name="requests">How many requests.</param>
    /// <param name="connections">Over how many connections.</param>
    /// <param name="isTimed">Whether the programs' runs are timed, which takes time itself.</param>
    /// <param name="stop">Ends it before.</param>
    internal async Task<CostRound> MeasureAsync(MeterSource? source, int requests, int connections, bool isTimed, CancellationToken stop)
    {
        long servedBefore = long.Parse(await AskAsync(_server, "count", stop), CultureInfo.InvariantCulture);
        using BpfStats? stats = isTimed ? BpfStats.Enable() : null;
        using HttpMeter? meter = source is { } where ? StartMeter(where) : null;
        (TimeSpan serverBefore, TimeSpan clientBefore, TimeSpan allBefore) = (CpuOf(_server), CpuOf(_client), CpuOfAll());
        string[] answer = (await AskAsync(_client, string.Create(CultureInfo.InvariantCulture, $"{requests} {connections}"), stop)).Split(' ');
        (TimeSpan serverCpu, TimeSpan clientCpu, TimeSpan allCpu) = (CpuOf(_server) - serverBefore, CpuOf(_client) - clientBefore, CpuOfAll() - allBefore);
        await Task.Delay(200, stop); // the last responses are counted a moment after the client has them
        long served = long.Parse(await AskAsync(_server, "count", stop), CultureInfo.InvariantCulture) - servedBefore;
        TimeSpan[] times = [.. answer.Select(ticks => TimeSpan.FromTicks(long.Parse(ticks, CultureInfo.InvariantCulture)))];
        HttpMetricsProgram.HttpCounters counted = meter?.Read().For(DemoScene.FirstPort) ?? default;
        return new CostRound(requests / times[0].TotalSeconds, times[1], times[2], serverCpu, clientCpu, allCpu, meter?.ReadStats() ?? default, served, (long)Math.Min(counted.Requests, counted.Latencies));
    }

    /// <summary>What the processes of the scene do: they take a line for each thing that they are asked, and end with their input.</summary>
    internal static async Task<int> RunPartAsync(string part, CancellationToken stop)
    {
        await using DemoServer? server = part == Server ? await DemoServer.StartAsync(null, ServerAddress, longestDelay: 0) : null;
        while (!stop.IsCancellationRequested && await Console.In.ReadLineAsync(stop) is { } line)
        {
            if (server is not null)
            {
                DemoServer.OwnCount own = server.CountOf(ClientAddress);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{own.Successes + own.Failures}"));
                continue;
            }

            int[] numbers = [.. line.Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
            TimeSpan[] times = CostLoad.Ask(ServerAddress, numbers[0], numbers[1]);
            Console.WriteLine(string.Join(' ', times.Select(time => time.Ticks.ToString(CultureInfo.InvariantCulture))));
        }

        return CommandLine.Success;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in (Process[])[_client, _server])
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _clientHost.Dispose();
        _serverHost.Dispose();
    }

    private HttpMeter StartMeter(MeterSource source)
        => _serverHost.Run(() => HttpMeter.Start(source, DemoScene.InterfaceName, new HttpMetricsOptions { Ports = [DemoScene.FirstPort] }));

    private static Process Start(NetworkHost host, string part, int processor)
    {
        string self = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [self, Environment.GetCommandLineArgs()[0]] : [self];
        string[] pinned = ["--cpu-list", processor.ToString(CultureInfo.InvariantCulture), .. program, "cost", "--inside", part];
        return host.StartProcess(new ProcessStartInfo("taskset", pinned) { RedirectStandardInput = true, RedirectStandardOutput = true });
    }

    private static async Task<string> AskAsync(Process process, string question, CancellationToken stop)
    {
        await process.StandardInput.WriteLineAsync(question.AsMemory(), stop);
        await process.StandardInput.FlushAsync(stop);
        return await process.StandardOutput.ReadLineAsync(stop) ?? throw new UserErrorException("One of the two hosts' processes has ended.");
    }

    private static TimeSpan CpuOf(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    /// <summary>What all processors have done since the start, interrupts included: whatever runs beside the measurement, too.</summary>
    private static TimeSpan CpuOfAll()
    {
        long[] ticks = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(word => long.Parse(word, CultureInfo.InvariantCulture))];
        return Tick * (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]); // user, nice, system, irq, softirq
    }
}

/// <summary>One round.</summary>
/// <param name="PerSecond">Requests that were answered per second.</param>
/// <param name="MedianLatency">What half of the answers took at most.</param>
/// <param name="HighLatency">What 99 % took at most.</param>
/// <param name="ServerCpu">The server's time on processors.</param>
/// <param name="ClientCpu">The client's.</param>
/// <param name="AllCpu">The machine's.</param>
/// <param name="Programs">What the BPF programs did, if the meter was there.</param>
/// <param name="Served">Requests that the server has answered, as it counts itself.</param>
/// <param name="Counted">Requests whose response was counted, too.</param>
internal sealed record CostRound(double PerSecond, TimeSpan MedianLatency, TimeSpan HighLatency, TimeSpan ServerCpu, TimeSpan ClientCpu, TimeSpan AllCpu, BpfProgramStats Programs, long Served, long Counted);

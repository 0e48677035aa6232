using System.CommandLine;
using System.Diagnostics;
using System.Net;
using ExampleHost;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace HttpMetrics;

/// <summary><c>demo</c>: shows on a made network what the programs count, and compares it with what the servers count themselves.</summary>
internal static class DemoCommand
{
    private const int AtOnce = 10;
    private const int Anew = 100;

    // A response is counted a moment after the client has it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    internal static Command Create()
    {
        Option<string> source = RunCommand.CreateSourceOption();
        Option<int> requests = PositiveNumber("--requests", "How many requests A sends.", 1_000);
        Option<int> connections = PositiveNumber("--connections", "Over how many connections at a time.", 16);
        Command command = new("demo", "Shows it on three made hosts that exist only as long as this process. Needs root; changes nothing on this machine.") { source, requests, connections };
        command.SetAction((arguments, stop) => RunAsync(RunCommand.ParseSource(arguments.GetRequiredValue(source)), arguments.GetValue(requests), arguments.GetValue(connections), stop));
        return command;
    }

    internal static Option<int> PositiveNumber(string name, string description, int preset)
    {
        Option<int> number = new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => preset };
        number.Validators.Add(given =>
        {
            if (given.Tokens.Any(token => !int.TryParse(token.Value, out int parsed) || parsed < 1))
            {
                given.AddError($"Option '{name}' takes a whole number from 1 on.");
            }
        });
        return number;
    }

    private static async Task<int> RunAsync(MeterSource source, int requests, int connections, CancellationToken stop)
    {
        await Task.Yield(); // Ctrl+C and SIGTERM are listened to once this method has given its task back
        try
        {
            await using DemoScene scene = await DemoScene.BuildAsync();
            Console.WriteLine($"""
                Three hosts on one switch, made of network namespaces that go with this process:
                  server  serves http://{scene.First.Address} and http://{scene.Second.Address}: a random integer after 0 to 10 ms, status 500 when it is divisible by 5
                  A       {DemoScene.AddressOfA}, asks the first
                  B       {DemoScene.AddressOfB}, asks the second
                The program looks at {(source == MeterSource.Packets ? $"the packets of the server's interface {DemoScene.InterfaceName}" : "what processes read and write")}. "expected" is what the servers counted themselves.

                """);
            StepReport report = StepReport.ToConsole();
            using (HttpMeter meter = scene.StartMeter(source))
            {
                await ShowAsync(scene, meter, report, requests, connections, stop);
                Console.WriteLine();
                foreach (string line in new MeterTable().Render(meter.Read(), TimeSpan.Zero))
                {
                    Console.WriteLine(line);
                }
            }

            Console.WriteLine();
            report.Summary();
            return report.AllAsExpected ? CommandLine.Success : CommandLine.Failure;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new UserErrorException("Stopped before the end: the hosts and the program are gone.");
        }
    }

    private static async Task ShowAsync(DemoScene scene, HttpMeter meter, StepReport report, int requests, int connections, CancellationToken stop)
    {
        DemoClient a = new(scene.A, scene.First.Address);
        DemoClient b = new(scene.B, scene.Second.Address);
        report.Heading();

        (TimeSpan duration, TimeSpan average) = await a.AskAsync(requests, connections, stop);
        HttpCounters counted = await CompareAsync($"A asked {TextTable.Whole(requests)} times, {connections} connections", scene.First, DemoScene.AddressOfA);
        report.Step("", "requests per second", "", TextTable.Whole(requests / duration.TotalSeconds), asExpected: true);
        double latency = counted.AverageLatency.TotalMilliseconds;
        report.Step("", "average latency", $"at most {average.TotalMilliseconds:F2} ms", $"{latency:F2} ms", latency > 0 && latency <= average.TotalMilliseconds);
        ExpectAll("", "latencies", counted.Requests, counted.Latencies);
        ExpectAll("", "pipelined", 0, counted.Pipelined);

        await b.AskAnewAsync(Anew, stop);
        await CompareAsync($"B asked {Anew} times, connected anew each", scene.Second, DemoScene.AddressOfB);

        await a.AskAtOnceAsync(AtOnce, stop);
        counted = await CompareAsync($"A sent {AtOnce} requests at once", scene.First, DemoScene.AddressOfA);
        ExpectAll("", "pipelined", AtOnce - 1, counted.Pipelined);

        await b.AskByteByByteAsync(stop);
        await CompareAsync("B sent a request byte by byte", scene.Second, DemoScene.AddressOfB);

        await a.SendAsync("SSH-2.0-something else\r\n"u8.ToArray(), stop);
        await a.SendAsync("HELO not.http\r\n\r\n"u8.ToArray(), stop);
        await CompareAsync("A sent what is not HTTP", scene.First, DemoScene.AddressOfA);

        void ExpectAll(string done, string question, ulong expected, ulong seen)
            => report.Step(done, question, TextTable.Whole(expected), TextTable.Whole(seen));

        async Task<HttpCounters> CompareAsync(string done, DemoServer server, IPAddress client)
        {
            DemoServer.OwnCount own = server.CountOf(client);
            HttpCounters seen = await SettleAsync(meter, (ushort)server.Address.Port, client, (ulong)own.Requests, stop);
            ExpectAll(done, "requests", (ulong)own.Requests, seen.Requests);
            ExpectAll("", "success", (ulong)own.Successes, seen.Responses[2]);
            ExpectAll("", "failure", (ulong)own.Failures, seen.Responses[5]);
            return seen;
        }
    }

    private static async Task<HttpCounters> SettleAsync(HttpMeter meter, ushort port, IPAddress client, ulong expected, CancellationToken stop)
    {
        for (long start = Stopwatch.GetTimestamp(); ;)
        {
            HttpCounters seen = meter.Read().For(port, client);
            if ((seen.Responses[2] + seen.Responses[5] >= expected && seen.Requests >= expected) || Stopwatch.GetElapsedTime(start) > Patience)
            {
                return seen;
            }

            await Task.Delay(20, stop);
        }
    }
}

using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ExampleHost;

namespace TcpProxy;

/// <summary><c>demo</c>: shows on a made network what the proxy does, step by step, and checks each step.</summary>
internal static class DemoCommand
{
    private const int FirstPort = 10_000;
    private const int Ports = 10_000;
    private const int AddedPort = 30_000;
    private const int Some = 300;

    internal static Command Create()
    {
        Option<bool> splice = new("--splice") { Description = "Join established connections in the kernel." };
        Command command = new("demo", "Shows it on three made hosts that exist only as long as this process. Needs root; changes nothing on this machine.") { splice };
        command.SetAction((arguments, stop) => RunAsync(arguments.GetValue(splice), stop));
        return command;
    }

    private static async Task<int> RunAsync(bool splice, CancellationToken stop)
    {
        await Task.Yield(); // Ctrl+C and SIGTERM are listened to once this method has given its task back
        try
        {
            using DemoScene scene = new();
            Console.WriteLine($"""
                Three hosts on one switch, made of network namespaces that go with this process:
                  client   172.20.0.11
                  proxy    {DemoScene.ProxyAddress}, {DemoScene.ProxyAddressIPv6}  one app: ports {FirstPort} to {FirstPort + Ports - 1}
                  targets  {DemoScene.TargetsAddress}  A, B and C on ports {DemoScene.FirstTargetPort} to {DemoScene.FirstTargetPort + 2}: each says its name and gives back what it gets

                """);
            await using ProxyProcess proxy = await ProxyProcess.StartAsync(scene.Proxy, Config($"\"{FirstPort}-{FirstPort + Ports - 1}\""), ["--health-interval", "0.2", .. splice ? (string[])["--splice"] : []], stop);
            StepReport report = StepReport.ToConsole();
            await ShowAsync(scene, proxy, report, stop);
            return report.AllAsExpected ? CommandLine.Success : CommandLine.Failure;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new UserErrorException("Stopped before the end: the hosts and the proxy are gone.");
        }
    }

    private static async Task ShowAsync(DemoScene scene, ProxyProcess proxy, StepReport report, CancellationToken stop)
    {
        IEnumerable<int> someIn = Enumerable.Range(FirstPort, Some);
        report.Heading();
        report.Step("the proxy runs", "listening sockets", "1", $"{proxy.Listeners}");
        await SpreadAsync($"{Ports:N0} ports, a connection to each", DemoScene.ProxyAddress, Enumerable.Range(FirstPort, Ports), "A, B, C alike", answers => IsEven(answers, "ABC"));
        await SpreadAsync($"{Some} by IPv6", DemoScene.ProxyAddressIPv6, someIn, "A, B, C alike", answers => IsEven(answers, "ABC"));

        (Socket? held, string heldBy) = await scene.ConnectAsync(DemoScene.ProxyAddress, FirstPort, stop);
        while (held is not null && heldBy == "B")
        {
            held.Dispose();
            (held, heldBy) = await scene.ConnectAsync(DemoScene.ProxyAddress, FirstPort, stop);
        }

        scene.StopTarget(1);
        await SpreadAsync($"B dies, {Some} connections", DemoScene.ProxyAddress, someIn, "A, C alike", answers => IsEven(answers, "AC"));
        const string Skipping = "skipping unhealthy backend";
        string? skipped = proxy.Log.Split('\n').Select(line => line.IndexOf(Skipping, StringComparison.Ordinal) is >= 0 and var at ? line[at..] : null).FirstOrDefault(line => line is not null);
        report.Step("", "the proxy's log", "who is skipped", skipped ?? "nothing", skipped is not null);
        scene.StartTarget(1);
        await HealthyAgainAsync(proxy, stop);
        await SpreadAsync($"B comes back, {Some} connections", DemoScene.ProxyAddress, someIn, "A, B, C alike", answers => IsEven(answers, "ABC"));

        await proxy.ReloadAsync(Config($"{AddedPort}"), stop);
        await SpreadAsync($"other config: only port {AddedPort}", DemoScene.ProxyAddress, Enumerable.Repeat(AddedPort, Some), "A, B, C alike", answers => IsEven(answers, "ABC"));
        report.Step("", $"port {FirstPort}", "refused", (await scene.ConnectAsync(DemoScene.ProxyAddress, FirstPort, stop)).Answer);
        report.Step("", "listening sockets", "1", $"{proxy.Listeners}");
        report.Step("a connection from before says \"still\"", "its answer", "still, end", await EchoAsync(held, "still", stop));
        report.Summary();

        async Task SpreadAsync(string done, IPAddress address, IEnumerable<int> ports, string expected, Predicate<SortedDictionary<string, int>> isAsExpected)
        {
            SortedDictionary<string, int> answers = await scene.AskAsync(address, ports, stop);
            report.Step(done, "who answers", expected, string.Join(", ", answers.Select(answer => $"{answer.Key} {answer.Value}")), isAsExpected(answers));
        }
    }

    private static bool IsEven(SortedDictionary<string, int> answers, string names)
        => answers.Keys.SequenceEqual(names.Select(name => $"{name}")) && answers.Values.Max() - answers.Values.Min() <= answers.Values.Sum() / 10;

    private static async Task HealthyAgainAsync(ProxyProcess proxy, CancellationToken stop)
    {
        for (int attempt = 0; attempt < 500 && !proxy.Log.Contains("is healthy again", StringComparison.Ordinal); attempt++)
        {
            await Task.Delay(20, stop);
        }
    }

    /// <summary>Sends a word and says that this is all: what comes back, and whether its end does.</summary>
    private static async Task<string> EchoAsync(Socket? connection, string word, CancellationToken stop)
    {
        if (connection is null)
        {
            return "no connection";
        }

        using (connection)
        {
            try
            {
                await connection.SendAsync(Encoding.ASCII.GetBytes(word), stop);
                connection.Shutdown(SocketShutdown.Send);
                byte[] answer = new byte[64];
                int length = 0;
                while (await connection.ReceiveAsync(answer.AsMemory(length), stop) is > 0 and var more)
                {
                    length += more;
                }

                return Encoding.ASCII.GetString(answer, 0, length) + ", end";
            }
            catch (SocketException e)
            {
                return e.SocketErrorCode.ToString();
            }
        }
    }

    private static string Config(string ports)
    {
        string targets = string.Join(", ", DemoScene.TargetNames.Select((_, index) => $"\"{DemoScene.TargetsAddress}:{DemoScene.FirstTargetPort + index}\""));
        return $$"""{ "Apps": [{ "Name": "demo", "Ports": [{{ports}}], "Targets": [{{targets}}] }] }""";
    }
}

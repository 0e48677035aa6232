namespace EbpfNet.ExampleTests.TcpRtt;

public sealed class RttNativeAotTests
{
    [SkippableFact]
    public Task Published_with_NativeAOT_without_a_warning_it_shows_its_help_and_its_demo()
        => NativeAotDemo.ShowsItsHelpAndItsDemoAsync(
            "TcpRtt",
            steps: 11,
            demo: ["--listen", $"127.0.0.1:{WatchedHost.FreePort()}"],
            help: ["run"],
            inHelp: ["--address", "--either", "--all", "--json", "--listen", "--buffer"]);
}

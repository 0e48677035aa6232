namespace EbpfNet.ExampleTests.TcpProxy;

public sealed class ProxyNativeAotTests
{
    [SkippableFact]
    public Task Published_with_NativeAOT_without_a_warning_it_shows_its_help_and_its_demo()
        => NativeAotDemo.ShowsItsHelpAndItsDemoAsync("TcpProxy", steps: 10);
}

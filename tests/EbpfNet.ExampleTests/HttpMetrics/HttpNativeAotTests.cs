namespace EbpfNet.ExampleTests.HttpMetrics;

public sealed class HttpNativeAotTests
{
    [SkippableFact]
    public Task Published_with_NativeAOT_without_a_warning_it_shows_its_help_and_its_demo()
        => NativeAotDemo.ShowsItsHelpAndItsDemoAsync("HttpMetrics", steps: 20);
}

namespace EbpfNet.ExampleTests.XdpDrop;

public sealed class NativeAotTests
{
    [SkippableFact]
    public Task Published_with_NativeAOT_without_a_warning_it_shows_its_help_and_its_demo()
        => NativeAotDemo.ShowsItsHelpAndItsDemoAsync("XdpDrop", steps: 13);
}

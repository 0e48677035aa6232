namespace EbpfNet.ExampleTests.GeoIp;

public sealed class NativeAotTests
{
    [SkippableFact]
    public Task Published_with_NativeAOT_without_a_warning_it_shows_its_help_and_its_demo()
        => NativeAotDemo.ShowsItsHelpAndItsDemoAsync("GeoIp", steps: 17);
}

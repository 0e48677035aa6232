namespace EbpfNet.ExampleTests.GeoIp;

/// <summary><c>GeoIp run</c> on the server of a network of its own, counting already, with a client for its page.</summary>
internal sealed class RunningGeoIp : IAsyncDisposable
{
    private RunningGeoIp(GeoIpNetwork network, ExampleProcess process)
    {
        Network = network;
        Process = process;
        Page = network.CreatePageClient();
    }

    internal ExampleProcess Process { get; }

    /// <summary>A client on the server itself, for the page and its API.</summary>
    internal HttpClient Page { get; }

    internal GeoIpNetwork Network { get; }

    internal static async Task<RunningGeoIp> StartAsync(params string[] arguments)
    {
        GeoIpNetwork network = new();
        RunningGeoIp running = new(network, network.Run(arguments));
        try
        {
            await running.Process.WaitForAsync("Ctrl+C ends it");
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Page.Dispose();
        await Process.DisposeAsync();
        Network.Dispose();
    }
}

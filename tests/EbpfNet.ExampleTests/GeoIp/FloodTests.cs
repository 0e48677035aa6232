using System.Net;
using System.Text.Json;

namespace EbpfNet.ExampleTests.GeoIp;

/// <summary>What a flood of forged connections does to it.</summary>
public sealed class FloodTests
{
    private const int Packets = 1_000_000;
    private const long MostMemory = 150; // MiB

    [SkippableFact]
    public async Task A_million_SYNs_from_forged_addresses_leave_it_small_and_its_page_alive()
    {
        Requires.Bpf();
        await using RunningGeoIp running = await RunningGeoIp.StartAsync();
        HttpClient page = running.Page;
        page.Timeout = TimeSpan.FromSeconds(10);

        ForgedFlood forged = new(running.Network.Visitor, "eth0");
        Task flood = Task.Run(() => forged.Send(new SynFrame("192.0.2.1", 8081).ToBytes()[14..], IPAddress.Parse("172.20.0.1"), Packets));
        int answers = 0;
        while (!flood.IsCompleted)
        {
            using JsonDocument totals = JsonDocument.Parse(await page.GetStringAsync(new Uri("/api/totals", UriKind.Relative)));
            using HttpResponseMessage html = await page.GetAsync(new Uri("/", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, html.StatusCode);
            answers++;
            await Task.Delay(100);
        }

        await flood;
        Assert.True(answers > 3, "it was over too soon to tell");

        // All are counted: by their addresses, or as too quick to be read.
        JsonElement seen = default;
        for (int i = 0; i < 100; i++)
        {
            using JsonDocument totals = JsonDocument.Parse(await page.GetStringAsync(new Uri("/api/totals", UriKind.Relative)));
            seen = totals.RootElement.Clone();
            if (seen.GetProperty("requests").GetInt64() >= Packets - forged.DroppedOnTheWay)
            {
                break;
            }

            await Task.Delay(100);
        }

        long dropped = forged.DroppedOnTheWay;
        Assert.InRange(dropped, 0, Packets / 10);
        Assert.Equal(Packets - dropped, seen.GetProperty("requests").GetInt64());
        Assert.True(seen.GetProperty("forgotten").GetInt64() > 0);
        Assert.InRange(seen.GetProperty("forgottenAttempts").GetInt64(), Packets / 2, Packets); // the table has room for 65,536, but may not use all of it
        Assert.InRange(ForgedFlood.PeakMemory(running.Process.Id), 20, MostMemory);

        using HttpClient visitor = running.Network.CreateVisitor();
        await visitor.GetStringAsync(new Uri("http://172.20.0.1:8082/"));
        await Eventually.IsSoAsync(async () => (await page.GetStringAsync(new Uri("/api/services", UriKind.Relative))).Contains("\"port\":8082,\"requests\":1,", StringComparison.Ordinal));
    }
}

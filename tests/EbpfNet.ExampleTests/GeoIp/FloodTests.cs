using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
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

        Task flood = Task.Run(() => Flood(running.Network));
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
            if (seen.GetProperty("requests").GetInt64() >= Packets - DroppedOnTheWay(running.Network))
            {
                break;
            }

            await Task.Delay(100);
        }

        long dropped = DroppedOnTheWay(running.Network);
        Assert.InRange(dropped, 0, Packets / 10);
        Assert.Equal(Packets - dropped, seen.GetProperty("requests").GetInt64());
        Assert.True(seen.GetProperty("forgotten").GetInt64() > 0);
        Assert.InRange(PeakMemory(running.Process.Id), 20, MostMemory);

        using HttpClient visitor = running.Network.CreateVisitor();
        await visitor.GetStringAsync(new Uri("http://172.20.0.1:8082/"));
        Assert.Contains("\"port\":8082,\"requests\":1,", await EventuallyAsync(page, "\"port\":8082"), StringComparison.Ordinal);
    }

    /// <summary>What the cable had no room for: the receiving processor's queue was full.</summary>
    private static long DroppedOnTheWay(GeoIpNetwork network) => network.Visitor.Run(() =>
    {
        string line = File.ReadLines("/proc/thread-self/net/dev").First(line => line.Contains("eth0:", StringComparison.Ordinal));
        return long.Parse(line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries)[12], CultureInfo.InvariantCulture);
    });

    private static async Task<string> EventuallyAsync(HttpClient page, string text)
    {
        string seen = "";
        for (int i = 0; i < 100 && !seen.Contains(text, StringComparison.Ordinal); i++)
        {
            seen = await page.GetStringAsync(new Uri("/api/services", UriKind.Relative));
            await Task.Delay(50);
        }

        return seen;
    }

    /// <summary>Each from an address of its own, all over the world.</summary>
    private static void Flood(GeoIpNetwork network)
    {
        using Socket forger = network.CreateForger();
        byte[] packet = new SynFrame("192.0.2.1", 8081).ToBytes()[14..];
        IPAddress.Parse("172.20.0.1").GetAddressBytes().CopyTo(packet, 16);
        IPEndPoint server = new(IPAddress.Parse("172.20.0.1"), 0);
        SocketAddress to = server.Serialize();
        for (uint i = 0; i < Packets; i++)
        {
            // An odd factor gives every number another address; they lie between 16.0.0.0 and 79.255.255.255, of which the kernel takes all.
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), 0x1000_0000 + ((i * 2_654_435_761) & 0x3FFF_FFFF));
            forger.SendTo(packet, SocketFlags.None, to);
        }
    }

    /// <summary>The most memory that the process ever had, in MiB.</summary>
    private static long PeakMemory(int processId)
    {
        string line = File.ReadLines($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}

using System.Diagnostics;
using System.Net.Http.Json;
using ExampleHost;
using GeoIp.Web;

namespace GeoIp;

/// <summary>The steps of the demo: visits, and what the page's figures say of them.</summary>
internal sealed class DemoSteps(DemoScene scene, HttpEndpoint page, StepReport report, CancellationToken stop)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal async Task ShowAsync()
    {
        using HttpClient client = page.Host?.CreateHttpClient(Patience) ?? new HttpClient();
        client.BaseAddress = new Uri(page.ToString());
        DemoVisitor Visitor(string name) => scene.Visitors.First(visitor => visitor.Name == name);

        report.Heading();
        await ShowAsync("nobody was there yet", "Germany: requests", "0", () => CountryAsync("Germany"));

        await AskAsync("visits", "Germany", SmallServices.HelloPort, "/", "Hello World!");
        await AskAsync("", "Japan", SmallServices.SummitPort, "/", "eBPF Summit");
        await AskAsync("", "Brazil", SmallServices.WordPort, "/tcx", "Submitted word: tcx");
        await AskAsync("", "France", SmallServices.WordPort, "/tcx", "Submitted word: tcx");
        await AskAsync("", "private", SmallServices.HelloPort, "/", "Hello World!");

        await ShowAsync("counted, each where it comes from", "Germany: requests", "1", () => CountryAsync("Germany"));
        foreach (string name in (string[])["Japan", "Brazil", "France"])
        {
            await ShowAsync(name == "France" ? "IPv6 too" : "", $"{name}: requests", "1", () => CountryAsync(name));
        }

        await ShowAsync("an address of a private network", "private: requests", "1", () => CountryAsync("Private addresses"));

        for (int i = 0; i < 4; i++)
        {
            await Visitor("Norway").AskAsync(SmallServices.HelloPort, "/", stop);
            await Visitor("South Africa").AskAsync(SmallServices.SummitPort, "/", stop);
        }

        await ShowAsync("4 visits each from two more", "Norway: requests", "4", () => CountryAsync("Norway"));
        await ShowAsync("", "South Africa: requests", "4", () => CountryAsync("South Africa"));
        await ShowAsync("", "Norway: addresses", "1", async () => $"{(await CountriesAsync()).FirstOrDefault(country => country.Name == "Norway")?.Addresses ?? 0}");
        await ShowAsync("", "port 8081: requests", "6", async () => $"{(await client.GetFromJsonAsync("/api/services", JsonTypes.Default.IReadOnlyListServiceCount, stop))!.FirstOrDefault(service => service.Port == 8081)?.Requests ?? 0}");
        await ShowAsync("", "the word 'tcx'", "2 times", async () => $"{(await client.GetFromJsonAsync("/api/words", JsonTypes.Default.IReadOnlyListWordCount, stop))!.FirstOrDefault(word => word.Word == "tcx")?.Count ?? 0} times");

        using HttpResponseMessage injected = await client.PostAsync(new Uri("/request", UriKind.Relative), new StringContent("163.178.1.1"), stop);
        await ShowAsync("POST /request: 163.178.1.1", "Costa Rica: requests", "1", () => CountryAsync("Costa Rica"));
        report.Summary();

        async Task AskAsync(string done, string from, ushort port, string path, string expected)
        {
            string answer = await Visitor(from).AskAsync(port, path, stop);
            report.Step(done, $"{from} asks {port}{path}", port == SmallServices.WordPort ? "its word" : expected, answer, answer == expected);
        }

        async Task<IReadOnlyList<CountryCount>> CountriesAsync() => (await client.GetFromJsonAsync("/api/countries", JsonTypes.Default.IReadOnlyListCountryCount, stop))!;

        async Task<string> CountryAsync(string name) => $"{(await CountriesAsync()).FirstOrDefault(country => country.Name == name)?.Requests ?? 0}";
    }

    /// <summary>A count follows a visit within a moment.</summary>
    private async Task ShowAsync(string done, string question, string expected, Func<Task<string>> look)
    {
        long start = Stopwatch.GetTimestamp();
        string seen;
        while ((seen = await look()) != expected && Stopwatch.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(50, stop);
        }

        report.Step(done, question, expected, seen);
    }
}

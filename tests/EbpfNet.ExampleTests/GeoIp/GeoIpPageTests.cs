using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Playwright;

namespace EbpfNet.ExampleTests.GeoIp;

/// <summary>The page in a real browser, without a window.</summary>
public sealed class GeoIpPageTests
{
    private const float Patience = 20_000; // milliseconds
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    [SkippableFact]
    public async Task Circles_appear_and_grow_as_requests_arrive_and_nothing_comes_from_elsewhere()
    {
        Requires.Bpf();
        string? browserPath = Browsers.FirstOrDefault(File.Exists);
        Skip.If(browserPath is null, "there is no Chromium here (Debian: apt-get install chromium)");
        int port = FreePort();
        await using ExampleProcess demo = ExampleProcess.Start("GeoIp", ["demo", "--listen", $"127.0.0.1:{port}"]);
        await demo.WaitForAsync("More visits follow");

        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = browserPath, Args = ["--no-sandbox"] });
        IPage page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1440, Height = 1000 } });
        List<string> mistakes = [];
        List<string> elsewhere = [];
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                mistakes.Add(message.Text);
            }
        };
        page.PageError += (_, error) => mistakes.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith($"http://127.0.0.1:{port}/", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                elsewhere.Add(request.Url);
            }
        };
        await page.GotoAsync($"http://127.0.0.1:{port}/");

        // Visitors of the demo are on the map, and their circles follow their visits.
        ILocator germany = page.Locator("#circles circle[data-place=DE]");
        await germany.WaitForAsync(new LocatorWaitForOptions { Timeout = Patience });
        long before = await RequestsOfAsync(germany);
        await WaitAsync(async () => await RequestsOfAsync(germany) > before, "more visits from Germany");

        // Chile has none until somebody injects one; then its circle grows with each.
        ILocator chile = page.Locator("#circles circle[data-place=CL]");
        Assert.Equal(0, await chile.CountAsync());
        await InjectAsync(port, "200.1.123.3", 1);
        await chile.WaitForAsync(new LocatorWaitForOptions { Timeout = Patience });
        await WaitAsync(async () => await RadiusOfAsync(chile) > 0, "a circle for Chile");
        double small = await RadiusOfAsync(chile);
        await InjectAsync(port, "200.1.123.3", 200);
        await WaitAsync(async () => await RadiusOfAsync(chile) > 2 * small, "Chile's circle to grow");
        ILocator requests = page.Locator("#countries tr", new PageLocatorOptions { HasText = "Chile" }).Locator("td").Nth(1);
        await WaitAsync(async () => await requests.InnerTextAsync() == "201", "201 requests from Chile in the table");

        // A circle is where its country is: Chile left of Germany, and below it.
        Assert.True(await NumberAsync(chile, "cx") < await NumberAsync(germany, "cx"));
        Assert.True(await NumberAsync(chile, "cy") > await NumberAsync(germany, "cy"));

        // Tables and words.
        await WaitAsync(async () => await page.Locator("#services tbody tr").CountAsync() == 3, "three services");
        await WaitAsync(async () => (await page.Locator("#cloud").InnerTextAsync()).Contains("tcx", StringComparison.Ordinal), "the word 'tcx'");
        Assert.Contains("129.187.255.1", await page.Locator("#addresses").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("Private addresses", await page.Locator("#nowhere").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("nro.net", await page.Locator("#database").InnerTextAsync(), StringComparison.Ordinal);
        Assert.True(await page.Locator("#land path.country").CountAsync() > 150);

        if (Environment.GetEnvironmentVariable("GEOIP_SCREENSHOT") is { } path)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = path });
        }

        Assert.Empty(mistakes);
        Assert.Empty(elsewhere);
        demo.Send(Signal.Terminate);
        Assert.Equal(0, (await demo.ExitAsync()).ExitCode);
    }

    [SkippableFact]
    public async Task Requests_without_a_city_have_their_country_and_whatever_is_written_in_names_and_words_is_text()
    {
        const string Markup = "<img src=x onerror=alert(1)>";
        Requires.Bpf();
        string? browserPath = Browsers.FirstOrDefault(File.Exists);
        Skip.If(browserPath is null, "there is no Chromium here (Debian: apt-get install chromium)");
        MmdbBuilder builder = new(28, isIPv6: true);
        builder.Add(IPNetwork.Parse("81.0.0.0/8"), b => b.Place("GB"));
        builder.Add(IPNetwork.Parse("81.2.69.0/24"), b => b.Place("GB", "London", 51.5, -0.12));
        builder.Add(IPNetwork.Parse("5.0.0.0/8"), b => b.Place("DE", Markup, 52.5, 13.4));
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ebpfnet-");
        try
        {
            string database = Path.Combine(folder.FullName, "cities.mmdb");
            File.WriteAllBytes(database, builder.Build());
            await using RunningGeoIp running = await RunningGeoIp.StartAsync("--database", database);

            // The page is on the server, in its network namespace: the browser has to be there, too.
            string there = Path.Combine(folder.FullName, "browser");
            File.WriteAllText(there, $"#!/bin/sh\nexec nsenter --net=/proc/{running.Process.Id}/ns/net {browserPath} \"$@\"\n");
            File.SetUnixFileMode(there, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using IPlaywright playwright = await Playwright.CreateAsync();
            await using IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = there, Args = ["--no-sandbox"] });
            IPage page = await browser.NewPageAsync();
            List<string> mistakes = [];
            page.PageError += (_, error) => mistakes.Add(error);
            page.Dialog += (_, dialog) => mistakes.Add(dialog.Message);
            await page.GotoAsync("http://127.0.0.1:8080/");
            ILocator britain = page.Locator("#circles circle[data-place=GB]");
            ILocator london = page.Locator("#circles circle[data-place='GB London']");

            // As long as all are in a city, the city's circle is all there is.
            await InjectAsync(running.Page, "81.2.69.142", 2);
            await london.WaitForAsync(new LocatorWaitForOptions { Timeout = Patience });
            Assert.Equal(0, await britain.CountAsync());

            await InjectAsync(running.Page, "81.9.9.9", 3);
            await britain.WaitForAsync(new LocatorWaitForOptions { Timeout = Patience });
            await WaitAsync(async () => await RequestsOfAsync(britain) == 3, "three requests without a city");
            Assert.Equal(2, await RequestsOfAsync(london));
            await britain.DispatchEventAsync("mousemove", new { clientX = 100, clientY = 100 });
            Assert.Equal("United Kingdom, no city: 3 requests from 1 addresses", await page.Locator("#tip").InnerTextAsync());

            await InjectAsync(running.Page, "5.1.1.1", 1);
            using HttpClient visitor = running.Network.CreateVisitor();
            await visitor.GetStringAsync(new Uri($"http://172.20.0.1:8083/{Uri.EscapeDataString(Markup)}"));
            await WaitAsync(async () => await page.Locator("#cloud span").CountAsync() == 1, "the word");
            Assert.Equal(Markup, await page.Locator("#cloud span").InnerTextAsync());
            ILocator city = page.Locator($"#circles circle[data-place='DE {Markup}']");
            await city.WaitForAsync(new LocatorWaitForOptions { Timeout = Patience });
            await city.DispatchEventAsync("mousemove", new { clientX = 100, clientY = 100 });
            Assert.Equal($"{Markup}, DE: 1 requests from 1 addresses", await page.Locator("#tip").InnerTextAsync());
            Assert.Contains($"{Markup}, Germany", await page.Locator("#addresses").InnerTextAsync(), StringComparison.Ordinal);
            Assert.Equal(0, await page.Locator("img").CountAsync());
            Assert.Empty(mistakes);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task InjectAsync(int port, string address, int times)
    {
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await InjectAsync(client, address, times);
    }

    private static async Task InjectAsync(HttpClient client, string address, int times)
    {
        for (int i = 0; i < times; i++)
        {
            using HttpResponseMessage answer = await client.PostAsync(new Uri("/request", UriKind.Relative), new StringContent(address));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private static async Task WaitAsync(Func<Task<bool>> condition, string description)
    {
        for (int i = 0; i < Patience / 50; i++)
        {
            if (await condition())
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail($"Waited in vain for {description}.");
    }

    private static async Task<long> RequestsOfAsync(ILocator circle) => long.Parse((await circle.GetAttributeAsync("data-requests"))!, CultureInfo.InvariantCulture);

    private static Task<double> RadiusOfAsync(ILocator circle) => NumberAsync(circle, "r");

    private static async Task<double> NumberAsync(ILocator circle, string name) => double.Parse((await circle.GetAttributeAsync(name))!, CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

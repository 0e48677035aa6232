using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EbpfNet.ExampleTests.TcpRtt;

/// <summary>The list of addresses, by HTTP.</summary>
public sealed class RttFilterTests : IDisposable
{
    private readonly WatchedHost _host;
    private readonly HttpClient _client = new();

    public RttFilterTests()
    {
        Requires.Bpf();
        _host = new WatchedHost();
    }

    public void Dispose()
    {
        _client.Dispose();
        _host.Dispose();
    }

    [SkippableFact]
    public async Task Addresses_are_listed_added_and_removed_by_HTTP_and_count_at_once()
    {
        (ExampleProcess run, Uri http) = await WatchedHost.RunAsync("--json");
        await using ExampleProcess started = run;

        Assert.Equal("", await _client.GetStringAsync(http));
        Connect();
        Assert.Equal((HttpStatusCode.Created, "172.31.77.2/32 added\n"), await SendAsync(HttpMethod.Put, "172.31.77.2"));
        Assert.Equal((HttpStatusCode.OK, "172.31.77.2/32 was there\n"), await SendAsync(HttpMethod.Put, "172.31.77.2"));
        Connect();
        await WatchedHost.LinesAsync(run, 1);

        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Put, "fd00:77::/64")).Status);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Put, "10.0.0.0/8")).Status);
        Assert.Equal("10.0.0.0/8\n172.31.77.2/32\nfd00:77::/64\n", await _client.GetStringAsync(http));

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Delete, "::ffff:172.31.77.2")).Status);
        Assert.Equal((HttpStatusCode.NotFound, "172.31.77.2/32 is not there\n"), await SendAsync(HttpMethod.Delete, "172.31.77.2"));
        Connect();
        await WatchedHost.LinesAsync(run, 1);

        async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpMethod method, string body)
        {
            using HttpRequestMessage request = new(method, http) { Content = new StringContent(body, Encoding.UTF8) };
            using HttpResponseMessage response = await _client.SendAsync(request);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [SkippableTheory]
    [InlineData("", "'' is not an address")]
    [InlineData("example.org", "'example.org' is not an address")]
    [InlineData("10.0.0.1/8", "has bits set after its first 8")]
    [InlineData("10.0.0.0/33", "goes from 0 to 32")]
    public async Task A_body_that_is_no_address_is_refused_with_the_reason(string body, string reason)
    {
        (ExampleProcess run, Uri http) = await WatchedHost.RunAsync();
        await using ExampleProcess started = run;
        using StringContent content = new(body, Encoding.UTF8);

        using HttpResponseMessage response = await _client.PutAsync(http, content);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(reason, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("", await _client.GetStringAsync(http));
    }

    private void Connect() => _host.Run(() =>
    {
        using Socket listener = WatchedHost.Listen(WatchedHost.Server);
        WatchedHost.ConnectAndClose(listener, WatchedHost.Client);
    });
}

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

    [SkippableFact]
    public async Task One_more_than_there_is_room_for_is_refused_until_another_is_removed()
    {
        const int Room = 16_384;
        (ExampleProcess run, Uri http) = await WatchedHost.RunAsync();
        await using ExampleProcess started = run;
        await FillAsync(http, Room);

        Assert.Equal((HttpStatusCode.Conflict, "11.0.0.0/8 cannot be added: there are as many of its kind as the program was loaded for.\n"), await PutAsync("11.0.0.0/8"));
        Assert.Equal((HttpStatusCode.OK, "10.0.0.7/32 was there\n"), await PutAsync("10.0.0.7"));
        Assert.Equal((HttpStatusCode.Created, "fd00:77::/64 added\n"), await PutAsync("fd00:77::/64"));
        using HttpRequestMessage removal = new(HttpMethod.Delete, http) { Content = new StringContent("10.0.0.7") };
        using HttpResponseMessage removed = await _client.SendAsync(removal);
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        Assert.Equal((HttpStatusCode.Created, "11.0.0.0/8 added\n"), await PutAsync("11.0.0.0/8"));

        async Task<(HttpStatusCode Status, string Text)> PutAsync(string body)
        {
            using StringContent content = new(body);
            using HttpResponseMessage response = await _client.PutAsync(http, content);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    /// <summary>Puts so many addresses from 10.0.0.0 on, one behind the other on one connection, without waiting for each answer.</summary>
    private static async Task FillAsync(Uri http, int addresses)
    {
        using TcpClient connection = new();
        await connection.ConnectAsync(http.Host, http.Port);
        NetworkStream stream = connection.GetStream();
        IEnumerable<string> requests = Enumerable.Range(0, addresses).Select(i => $"10.0.{i >> 8}.{i & 255}").Select((address, i) =>
            $"PUT / HTTP/1.1\r\nHost: {http.Authority}\r\nContent-Length: {address.Length}\r\n{(i == addresses - 1 ? "Connection: close\r\n" : "")}\r\n{address}");
        Task writing = stream.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(requests))).AsTask();
        using StreamReader reader = new(stream);
        string answers = await reader.ReadToEndAsync();
        await writing;
        Assert.Equal(addresses, answers.Split("HTTP/1.1 201 ").Length - 1);
    }

    private void Connect() => _host.Run(() =>
    {
        using Socket listener = WatchedHost.Listen(WatchedHost.Server);
        WatchedHost.ConnectAndClose(listener, WatchedHost.Client);
    });
}

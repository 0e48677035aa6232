using System.Text;
using ExampleHost;

namespace TcpRtt;

/// <summary>Asks for the list of addresses by HTTP, as <c>curl</c> does.</summary>
internal sealed class FilterClient(HttpEndpoint server) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly Uri _address = new(server.ToString());

    /// <summary>What is answered to <c>curl -X METHOD -d BODY</c>: the status, and the text without its last end of line.</summary>
    internal async Task<string> SendAsync(HttpMethod method, string body, CancellationToken stop)
    {
        using HttpRequestMessage request = new(method, _address) { Content = new StringContent(body, Encoding.UTF8) };
        using HttpResponseMessage response = await _client.SendAsync(request, stop);
        return $"{(int)response.StatusCode} {(await response.Content.ReadAsStringAsync(stop)).TrimEnd('\n')}";
    }

    public void Dispose() => _client.Dispose();
}

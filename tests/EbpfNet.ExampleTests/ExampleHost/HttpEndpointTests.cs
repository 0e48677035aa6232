using System.Net;
using ExampleHost;
using Microsoft.AspNetCore.Http;

namespace EbpfNet.ExampleTests.ExampleHost;

public sealed class HttpEndpointTests
{
    [Theory]
    [InlineData("127.0.0.1:8090", "127.0.0.1:8090", "", true)]
    [InlineData("127.0.0.1:8090", "localhost:8090", "", true)]
    [InlineData("[::1]:8090", "[::1]:8090", "", true)]
    [InlineData("127.0.0.1:8090", "127.0.0.1:8090", "http://127.0.0.1:8090", true)]
    [InlineData("127.0.0.1:8090", "attacker.example:8090", "", false)]
    [InlineData("127.0.0.1:8090", "127.0.0.1:8090", "http://attacker.example", false)]
    [InlineData("127.0.0.1:8090", "127.0.0.1:8090", "null", false)]
    [InlineData("0.0.0.0:8090", "server.example:8090", "", true)]
    [InlineData("0.0.0.0:8090", "server.example:8090", "http://server.example:8090", true)]
    [InlineData("0.0.0.0:8090", "server.example:8090", "http://attacker.example", false)]
    public void What_a_page_of_somebody_else_asks_for_is_not_served(string listens, string host, string origin, bool isServed)
    {
        DefaultHttpContext context = new();
        context.Request.Scheme = "http";
        context.Request.Host = new HostString(host);
        if (origin.Length > 0)
        {
            context.Request.Headers.Origin = origin;
        }

        Assert.Equal(isServed, new HttpEndpoint(IPEndPoint.Parse(listens)).Serves(context.Request));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("192.0.2.1", true)]
    public void Where_all_addresses_are_listened_at_a_foreign_name_means_no_loopback_address(string asked, bool isServed)
    {
        DefaultHttpContext context = new();
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("attacker.example:8090");
        context.Request.Headers.Origin = "http://attacker.example:8090";
        context.Connection.LocalIpAddress = IPAddress.Parse(asked);

        Assert.Equal(isServed, new HttpEndpoint(IPEndPoint.Parse("[::]:8090")).Serves(context.Request));
    }
}

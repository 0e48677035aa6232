using System.Net;
using DemoNetwork;

namespace EbpfNet.ExampleTests.GeoIp;

/// <summary>Two hosts on one cable: a server, where <c>GeoIp run</c> is started, and a visitor.</summary>
internal sealed class GeoIpNetwork : IDisposable
{
    private const string InterfaceName = "eth0";

    internal GeoIpNetwork()
    {
        VethPair.Create(Server, InterfaceName, Visitor, InterfaceName);
        Server.AddAddress(InterfaceName, IPAddress.Parse("172.20.0.1"), 16);
        Server.AddAddress(InterfaceName, IPAddress.Parse("fd00::1"), 64);
        Visitor.AddAddress(InterfaceName, IPAddress.Parse("172.20.0.2"), 16);
        Visitor.AddAddress(InterfaceName, IPAddress.Parse("fd00::2"), 64);
    }

    internal NetworkHost Server { get; } = NetworkHost.Create("server");

    internal NetworkHost Visitor { get; } = NetworkHost.Create("visitor");

    /// <summary>Starts <c>GeoIp run</c> on the server, with its page at port 8080 there.</summary>
    internal ExampleProcess Run(params string[] arguments) => ExampleProcess.Start("GeoIp", ["run", "--interface", InterfaceName, .. arguments], Server);

    /// <summary>A client on the server itself, for the page: no interface sees its packets.</summary>
    internal HttpClient CreatePageClient()
    {
        HttpClient client = Server.CreateHttpClient(TimeSpan.FromSeconds(10));
        client.BaseAddress = new Uri("http://127.0.0.1:8080");
        return client;
    }

    /// <summary>A client of the services.</summary>
    internal HttpClient CreateVisitor() => Visitor.CreateHttpClient(TimeSpan.FromSeconds(10));

    /// <summary>Sets a route of the server's.</summary>
    internal void RouteBack(IPAddress network, int prefixLength) => Server.AddRoute(network, prefixLength, IPAddress.Parse("172.20.0.2"));

    public void Dispose()
    {
        Visitor.Dispose();
        Server.Dispose();
    }
}

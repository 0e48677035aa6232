using System.Net;

namespace DemoNetwork;

/// <summary>A switch that hosts are plugged into: a bridge in a namespace of its own.</summary>
public sealed class NetworkSwitch : IDisposable
{
    private const string BridgeName = "switch";

    private readonly NetworkHost _host;

    private NetworkSwitch(NetworkHost host) => _host = host;

    /// <summary>Makes a switch without ports.</summary>
    /// <exception cref="NetworkHostException">The kernel refused.</exception>
    public static NetworkSwitch Create()
    {
        NetworkHost host = NetworkHost.Create(BridgeName);
        try
        {
            host.AddBridge(BridgeName);
            host.SetUp(BridgeName);
            return new NetworkSwitch(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Plugs a host in: gives it an interface with an address whose other end is a port of this switch.</summary>
    public void Plug(NetworkHost host, string interfaceName, IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(host);
        string port = $"port{_host.GetInterfaces().Count - 1}"; // lo and the bridge itself are there before the first port
        VethPair.Create(host, interfaceName, _host, port);
        _host.AddBridgePort(BridgeName, port);
        host.AddAddress(interfaceName, address, prefixLength);
    }

    /// <summary>Removes the switch, and with it every interface that was plugged in.</summary>
    public void Dispose() => _host.Dispose();
}

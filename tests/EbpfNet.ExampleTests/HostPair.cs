using DemoNetwork;

namespace EbpfNet.ExampleTests;

/// <summary>A host, and another at the other end of its cable: <c>eth0</c> in both, without addresses.</summary>
internal sealed class HostPair : IDisposable
{
    internal HostPair(string name)
    {
        Host = NetworkHost.Create(name);
        Other = NetworkHost.Create("other");
        VethPair.Create(Host, "eth0", Other, "eth0");
    }

    internal NetworkHost Host { get; }

    internal NetworkHost Other { get; }

    public void Dispose()
    {
        Other.Dispose();
        Host.Dispose();
    }
}

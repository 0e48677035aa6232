using EbpfNet.Tests;

namespace EbpfNet.ExampleTests;

/// <summary>The examples and the tool, published with NativeAOT together when the first of them is asked for: each alone takes a minute.</summary>
public sealed class NativePrograms : IDisposable
{
    private static readonly string[] Projects =
    [
        "examples/TcpProxy/TcpProxy.csproj",
        "examples/HttpMetrics/HttpMetrics.csproj",
        "examples/GeoIp/GeoIp.csproj",
        "examples/TcpRtt/TcpRtt.csproj",
        "examples/XdpDrop/XdpDrop.csproj",
        "src/EbpfNet.Tool/EbpfNet.Tool.csproj",
    ];

    private readonly NativeAotPublisher _publisher = new();
    private readonly Lazy<Task> _publishing;

    public NativePrograms() => _publishing = new Lazy<Task>(() => _publisher.PublishAsync(optimize: false, Projects));

    /// <summary>The executable of a project. A warning about any of them fails it for all.</summary>
    public async Task<string> PublishedAsync(string name)
    {
        await _publishing.Value;
        return _publisher.Executable(name);
    }

    public void Dispose() => _publisher.Dispose();
}

using System.Net;
using ExampleHost;

namespace TcpProxy;

/// <summary><c>config.json</c>: which apps there are.</summary>
internal sealed record ProxyConfig(IReadOnlyList<AppConfig> Apps)
{
    /// <summary>How many there may be: half of what the program has room for, so that all may be replaced by others at a time.</summary>
    internal const int MaxApps = 512;

    /// <summary>Reads the file.</summary>
    /// <exception cref="FileErrorException">A line is wrong, or the file cannot be read.</exception>
    internal static ProxyConfig Read(string path)
    {
        try
        {
            return Parse(path, File.ReadAllBytes(path), OwnAddresses.Contains);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileErrorException(path, 0, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads its text.</summary>
    /// <param name="path">What errors call it.</param>
    /// <param name="text">The text, in UTF-8.</param>
    /// <param name="isOwn">Whether an address is this machine's.</param>
    internal static ProxyConfig Parse(string path, ReadOnlySpan<byte> text, Func<IPAddress, bool> isOwn) => new ConfigReader(path, text).Read(isOwn);
}

/// <summary>An app: connections to one of its ports go to one of its targets.</summary>
internal sealed record AppConfig(string Name, IReadOnlyList<PortRange> Ports, IReadOnlyList<TargetAddress> Targets);

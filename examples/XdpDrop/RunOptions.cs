using System.Net;
using EbpfNet;

namespace XdpDrop;

/// <summary>What <c>run</c> was asked for.</summary>
internal sealed record RunOptions
{
    /// <summary>The interface to guard.</summary>
    public required string InterfaceName { get; init; }

    /// <summary>Where the program runs.</summary>
    public XdpMode Mode { get; init; }

    /// <summary>What is blocked from the start, until it is removed.</summary>
    public IReadOnlyList<IPNetwork> Blocked { get; init; } = [];

    /// <summary>A file with more of it, read again whenever it changes.</summary>
    public string? BlocklistPath { get; init; }
}

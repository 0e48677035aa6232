using System.Net;

namespace TcpRtt;

/// <summary>What is to be shown, and how.</summary>
internal sealed record RunOptions
{
    /// <summary>Whose connections are shown from the start, until they are removed.</summary>
    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

    /// <summary>Every connection, whatever the networks are.</summary>
    public bool All { get; init; }

    /// <summary>Those of which either end is in one of the networks; otherwise, the local one counts.</summary>
    public bool Either { get; init; }

    /// <summary>One JSON object on a line, instead of columns.</summary>
    public bool Json { get; init; }

    /// <summary>The size of the ring buffer in bytes: a power of two.</summary>
    public int RingBytes { get; init; } = DefaultRingBytes;

    /// <summary>Where the lines go.</summary>
    public required Stream Output { get; init; }

    internal const int DefaultRingBytes = 1 << 20;
}

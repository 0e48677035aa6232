namespace HttpMetrics;

/// <summary>What <c>run</c> was asked for.</summary>
internal sealed record RunOptions
{
    /// <summary>Where HTTP is looked for.</summary>
    public MeterSource Source { get; init; }

    /// <summary>The interface whose packets are looked at.</summary>
    public string InterfaceName { get; init; } = "";

    /// <summary>Whether what processes here ask of others is counted, too.</summary>
    public bool CountClients { get; init; }

    /// <summary>The ports of servers that count; all when empty.</summary>
    public IReadOnlyCollection<ushort> Ports { get; init; } = [];
}

namespace EbpfNet.Programs;

/// <summary>What <see cref="HttpMetricsProgram"/> counts, and how much it keeps.</summary>
public sealed record HttpMetricsOptions
{
    private readonly int _maxConnections = 65_536;
    private readonly int _maxServices = 4_096;

    /// <summary>Connections that are followed at a time; 65,536 when not set. Each costs about 500 bytes, from the start.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or more than 16,777,216.</exception>
    public int MaxConnections
    {
        get => _maxConnections;
        init => _maxConnections = Require(value);
    }

    /// <summary>Pairs of a client's address and a server's port that are counted at a time; 4,096 when not set. Each costs about 400 bytes per CPU, from the start.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or more than 16,777,216.</exception>
    public int MaxServices
    {
        get => _maxServices;
        init => _maxServices = Require(value);
    }

    /// <summary>The ports of servers that count; all when empty.</summary>
    public IReadOnlyCollection<ushort> Ports { get; init; } = [];

    /// <summary>Whether what processes of this machine ask of others is counted, too; for <see cref="HttpMetricsProgram.AttachSystemCalls"/> only. A request between two of them is then counted twice, once for each side.</summary>
    public bool CountClients { get; init; }

    /// <summary>
    /// Whether the tracepoints of system calls are taken where the kernel has those of its sockets, too (Linux 6.5), which cost less; for <see cref="HttpMetricsProgram.AttachSystemCalls"/> only.
    /// </summary>
    public bool UseSystemCallTracepoints { get; init; }

    /// <summary>How the object is loaded; the defaults when <see langword="null"/>.</summary>
    public BpfLoadOptions? Load { get; init; }

    private static int Require(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 24);
        return value;
    }
}

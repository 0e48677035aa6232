namespace TcpProxy;

/// <summary>What <c>run</c> was asked for.</summary>
internal sealed record RunOptions
{
    /// <summary>The apps' file.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>Where programs, maps and link are pinned; <see langword="null"/> for nowhere.</summary>
    public string? PinDirectory { get; init; }

    /// <summary>Whether connections are joined in the kernel.</summary>
    public bool Splice { get; init; }

    /// <summary>How often targets are tried.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many connections there may be at a time.</summary>
    public int MaxConnections { get; init; } = 50_000;

    /// <summary>How long nothing may pass over a connection before it is cut off; <see langword="null"/> for as long as both ends are there.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Whether it ends when nobody holds the other end of its input any more.</summary>
    public bool EndsWithInput { get; init; }
}

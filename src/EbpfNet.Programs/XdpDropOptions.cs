namespace EbpfNet.Programs;

/// <summary>How <see cref="XdpDropProgram"/> is loaded.</summary>
public sealed record XdpDropOptions
{
    private readonly int _maxRules = 16384;

    /// <summary>The most rules that there may be at a time; 16,384 when not set.</summary>
    /// <remarks>Each costs 16 bytes per CPU from the start, and about 100 bytes while it is there.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or more than 16,777,216.</exception>
    public int MaxRules
    {
        get => _maxRules;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 24);
            _maxRules = value;
        }
    }

    /// <summary>How the object is loaded; the defaults when <see langword="null"/>.</summary>
    public BpfLoadOptions? Load { get; init; }
}

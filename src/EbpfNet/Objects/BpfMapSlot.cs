namespace EbpfNet;

/// <summary>An entry that a map of maps or a program array has from the start.</summary>
public sealed class BpfMapSlot
{
    /// <summary>An entry that is a map.</summary>
    /// <param name="index">The key.</param>
    /// <param name="map">The map, one of the same object's.</param>
    public BpfMapSlot(uint index, BpfMapSpec map)
    {
        ArgumentNullException.ThrowIfNull(map);
        Index = index;
        Map = map;
    }

    /// <summary>An entry that is a program.</summary>
    /// <param name="index">The key.</param>
    /// <param name="program">The program, one of the same object's.</param>
    public BpfMapSlot(uint index, BpfProgramSpec program)
    {
        ArgumentNullException.ThrowIfNull(program);
        Index = index;
        Program = program;
    }

    /// <summary>The key.</summary>
    public uint Index { get; }

    /// <summary>The map, when it is one.</summary>
    public BpfMapSpec? Map { get; }

    /// <summary>The program, when it is one.</summary>
    public BpfProgramSpec? Program { get; }

    /// <inheritdoc/>
    public override string ToString() => $"[{Index}] = {Map?.Name ?? Program?.Name}";
}

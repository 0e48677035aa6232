namespace EbpfNet.Instructions;

/// <summary>Where a jump or a call of a <see cref="BpfAssembler"/> leads: the name of a label, a label, or a distance in slots from the next slot. All three convert to it without a word.</summary>
public readonly record struct BpfJumpTarget
{
    private BpfJumpTarget(string? name, BpfLabel? label, int distance)
    {
        Name = name;
        Label = label;
        Distance = distance;
    }

    internal string? Name { get; }

    internal BpfLabel? Label { get; }

    internal int Distance { get; }

    /// <summary>The label of that name, which may be marked later.</summary>
    /// <param name="name">The name.</param>
    public static implicit operator BpfJumpTarget(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, null, 0);
    }

    /// <summary>A label, which may be marked later.</summary>
    /// <param name="label">The label.</param>
    public static implicit operator BpfJumpTarget(BpfLabel label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return new(null, label, 0);
    }

    /// <summary>A distance: 0 is the next slot, -1 the instruction itself.</summary>
    /// <param name="distance">Slots from the next slot.</param>
    public static implicit operator BpfJumpTarget(int distance) => new(null, null, distance);
}

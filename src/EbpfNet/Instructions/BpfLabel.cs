namespace EbpfNet.Instructions;

/// <summary>A place in the code of one <see cref="BpfAssembler"/>, known or still to come.</summary>
public sealed class BpfLabel
{
    internal BpfLabel(BpfAssembler owner, string name)
    {
        Owner = owner;
        Name = name;
    }

    /// <summary>The name, given or made up.</summary>
    public string Name { get; }

    /// <summary>The slot it marks, or <see langword="null"/> before it is marked.</summary>
    public int? Slot { get; internal set; }

    internal BpfAssembler Owner { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

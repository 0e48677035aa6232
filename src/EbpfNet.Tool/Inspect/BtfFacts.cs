namespace EbpfNet.Tool.Inspect;

/// <summary>What is told about BTF.</summary>
internal static class BtfFacts
{
    internal static readonly string[] Columns = ["id", "name", "size_bytes", "held_by"];

    internal static Facts Of(BpfBtf types, Surroundings around) => new Facts()
        .Add("kind", "btf")
        .Add("id", types.Id)
        .Add("name", types.Name.Length == 0 ? null : types.Name)
        .Add("kernel", types.IsKernel)
        .Add("size_bytes", types.Size)
        .Add("held_by", around.Holders.Of(ObjectKinds.Btf, types.Id));

    /// <summary>What takes reading the types: how many there are, of each kind.</summary>
    internal static Facts AddTypes(Facts facts, BpfBtf types)
    {
        Btf.BtfSpec spec = types.ToSpec();
        Facts kinds = new() { WithNames = true };
        foreach (IGrouping<Btf.BtfKind, Btf.BtfType> kind in spec.OwnTypes.GroupBy(type => type.Kind).OrderBy(kind => kind.Key))
        {
            kinds.Add(kind.Key.ToString(), kind.Count());
        }

        return facts.Add("types", spec.OwnTypeCount).Add("kinds", kinds);
    }
}

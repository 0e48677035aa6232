namespace EbpfNet.Btf;

/// <summary>Searches one BTF by name. What makes searches quick is built when the first one wants it, and kept; several threads may search at once.</summary>
internal sealed class BtfNameSearch
{
    private const int SearchesWithoutIndex = 3;

    private BtfNameIndex? _types;
    private BtfNameIndex? _others;
    private BtfFlavourIndex? _flavours;
    private int _otherSearches;

    /// <summary>Adds the ids of the types that have a name and are of a kind wanted, in their order.</summary>
    public void Find(BtfSpec spec, ReadOnlySpan<byte> name, BtfKinds kinds, List<BtfTypeId> ids)
    {
        int start = ids.Count;
        if ((kinds & BtfNameIndex.TypeKinds) != 0)
        {
            BtfNameIndex types = _types ?? Interlocked.CompareExchange(ref _types, BtfNameIndex.Build(spec, BtfNameIndex.TypeKinds), null) ?? _types;
            types.Find(spec, name, kinds, ids);
        }

        BtfKinds otherKinds = kinds & ~BtfNameIndex.TypeKinds;
        if (otherKinds != 0)
        {
            FindOthers(spec, name, otherKinds, ids);
        }

        ids.Sort(start, ids.Count - start, null);
    }

    /// <summary>Adds the ids of the types whose names are flavours of an essential name (<see cref="CoreNames"/>), in their order.</summary>
    public void FindFlavours(BtfSpec spec, ReadOnlySpan<byte> essentialName, BtfKinds kinds, List<BtfTypeId> ids)
    {
        int start = ids.Count;
        Find(spec, essentialName, kinds, ids);
        BtfFlavourIndex flavours = _flavours ?? Interlocked.CompareExchange(ref _flavours, BtfFlavourIndex.Build(spec), null) ?? _flavours;
        flavours.Find(spec, essentialName, kinds, ids);
        ids.Sort(start, ids.Count - start, null);
    }

    private void FindOthers(BtfSpec spec, ReadOnlySpan<byte> name, BtfKinds kinds, List<BtfTypeId> ids)
    {
        // Who asks for a function seldom asks for many more.
        if (_others is null && Interlocked.Increment(ref _otherSearches) <= SearchesWithoutIndex)
        {
            BtfNameIndex.FindWithoutIndex(spec, name, kinds, ids);
            return;
        }

        BtfNameIndex others = _others ?? Interlocked.CompareExchange(ref _others, BtfNameIndex.Build(spec, ~BtfNameIndex.TypeKinds), null) ?? _others;
        others.Find(spec, name, kinds, ids);
    }
}

namespace EbpfNet.Btf;

/// <summary>A type that may be the one meant.</summary>
/// <param name="Types">Where it is from: the kernel or a module.</param>
/// <param name="Id">Its id.</param>
internal readonly record struct CoreCandidate(CoreTypes Types, BtfTypeId Id);

/// <summary>
/// Which of the kernel's types may be meant by a type of the object: those of the same name, flavours aside, and kind. The modules are asked only
/// when the kernel itself has none.
/// </summary>
internal sealed class CoreCandidates(CoreTypes local, ICoreTarget target)
{
    private readonly Dictionary<BtfTypeId, List<CoreCandidate>> _known = [];
    private CoreTypes? _kernel;
    private List<CoreTypes>? _modules;

    /// <summary>
    /// The candidates for a type. The list is the same one each time, and whoever finds that some do not fit takes these out: what fits one access
    /// is what the others mean too.
    /// </summary>
    public List<CoreCandidate> Find(BtfTypeId id)
    {
        if (!_known.TryGetValue(id, out List<CoreCandidate>? found))
        {
            _known.Add(id, found = Search(id));
        }

        return found;
    }

    /// <summary>All that <see cref="Find"/> found at first, for messages.</summary>
    public List<CoreCandidate> Search(BtfTypeId id)
    {
        BtfTypeView type = local.View(id);
        ReadOnlySpan<byte> name = CoreNames.Essential(type.Name);
        BtfKinds kinds = type.IsEnumeration ? BtfKind.Enum.ToSet() | BtfKind.Enum64.ToSet() : type.Kind.ToSet();
        var found = new List<CoreCandidate>();
        _kernel ??= new CoreTypes(target.Kernel);
        Add(_kernel, name, kinds, found);
        if (found.Count == 0)
        {
            _modules ??= [.. target.Modules.Select(module => new CoreTypes(module))];
            foreach (CoreTypes module in _modules)
            {
                Add(module, name, kinds, found);
            }
        }

        return found;
    }

    private static void Add(CoreTypes types, ReadOnlySpan<byte> name, BtfKinds kinds, List<CoreCandidate> found)
    {
        var ids = new List<BtfTypeId>();
        types.Spec.FindOwnFlavours(name, kinds, ids);
        foreach (BtfTypeId id in ids)
        {
            found.Add(new CoreCandidate(types, id));
        }
    }
}

/// <summary>The types that programs are adapted to.</summary>
internal interface ICoreTarget
{
    /// <summary>The kernel's own.</summary>
    /// <exception cref="BpfException">They cannot be had.</exception>
    BtfSpec Kernel { get; }

    /// <summary>Those of the kernel's modules, each split BTF on <see cref="Kernel"/>. Asked for only when something is not found there.</summary>
    IReadOnlyList<BtfSpec> Modules { get; }
}

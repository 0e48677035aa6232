using EbpfNet.Instructions;

namespace EbpfNet.Btf;

/// <summary>
/// Adapts programs of one object to a kernel's types (CO-RE: compile once, run everywhere). What it finds out for one relocation it keeps for the
/// others of a load. Not safe for use by several threads at once.
/// </summary>
/// <remarks>The rules are those that libbpf and the kernel's documentation set (<c>Documentation/bpf/llvm_reloc.rst</c>), so that the same instructions result.</remarks>
internal sealed class CoreRelocator
{
    private const uint BpfPointerSize = 8;

    private readonly CoreTypes _local;
    private readonly CoreCandidates _candidates;
    private readonly CoreFieldMatcher _fields;
    private readonly CoreTypeMatcher _types;
    private readonly Dictionary<(BtfTypeId Type, uint Access, BtfCoreRelocationKind Kind), CoreFix> _known = [];

    // Used for one relocation after the other.
    private readonly CorePath _wanted = new();
    private readonly CorePath _found = new();

    /// <param name="local">The object's types.</param>
    /// <param name="target">The types to adapt to; not touched before something is looked for there.</param>
    public CoreRelocator(BtfSpec local, ICoreTarget target)
    {
        _local = new CoreTypes(local, BpfPointerSize);
        _candidates = new CoreCandidates(_local, target);
        _fields = new CoreFieldMatcher(_local);
        _types = new CoreTypeMatcher(_local);
    }

    /// <summary>Relocates an instruction. One that asks for something that the kernel does not have is poisoned (<see cref="CorePatcher.UnknownHelper"/>).</summary>
    /// <param name="code">The program.</param>
    /// <param name="slot">The instruction's place.</param>
    /// <param name="relocation">What it depends on.</param>
    /// <param name="program">The program's name, for complaints.</param>
    /// <exception cref="BpfRelocationException">Several of the kernel's types may be meant, and they differ; or the instruction cannot take the result.</exception>
    /// <exception cref="BpfObjectFormatException">The relocation contradicts the object's types.</exception>
    public void Relocate(Span<BpfInstruction> code, int slot, in BtfCoreRelocation relocation, string program)
    {
        (BtfTypeId Type, uint Access, BtfCoreRelocationKind Kind) key = (relocation.Type, relocation.AccessOffset, relocation.Kind);
        if (!_known.TryGetValue(key, out CoreFix fix))
        {
            _known.Add(key, fix = Find(relocation, slot, program));
        }

        if (CorePatcher.Apply(code, slot, fix) is { } problem)
        {
            throw Failure(relocation, problem, slot, program);
        }
    }

    /// <summary>Why an instruction was poisoned: for when it turns out that the program gets there.</summary>
    public BpfRelocationException Explain(in BtfCoreRelocation relocation, int slot, string program)
    {
        CoreAccess.Read(_local, relocation, _wanted);
        var tried = new List<string>();
        bool isFound = false;
        foreach (CoreCandidate candidate in _candidates.Search(relocation.Type))
        {
            bool fits = Matches(relocation.Kind, candidate);
            isFound |= fits;
            tried.Add(CoreText.DescribeCandidate(candidate, fits ? null : CoreText.DescribeMismatch(_local, _wanted, _fields)));
        }

        string type = _local.Spec.Describe(relocation.Type);
        string problem = isFound ? "the field has another size in the kernel, and only pointers and unsigned numbers can be loaded with another size; read it with BPF_CORE_READ into a variable of its own size"
            : tried.Count == 0 ? $"the kernel has no {type}"
            : $"the kernel's {type} does not have it";
        return Failure(relocation, $"{problem}; guard the access with bpf_core_field_exists, bpf_core_type_exists or bpf_core_enum_value_exists if the program can do without", slot, program, tried);
    }

    private CoreFix Find(in BtfCoreRelocation relocation, int slot, string program)
    {
        CoreAccess.Read(_local, relocation, _wanted);
        CoreValue local = CoreValues.Get(relocation.Kind, _local, _wanted);
        if (local.Problem is not null)
        {
            throw Failure(relocation, local.Problem, slot, program);
        }

        if (relocation.Kind == BtfCoreRelocationKind.TypeIdLocal)
        {
            return new CoreFix(local, local, IsSizeChanged: false);
        }

        if (_local.View(relocation.Type).Name.IsEmpty)
        {
            throw Failure(relocation, "the type has no name by which the kernel's could be found; give it one, or a typedef", slot, program);
        }

        return FindAmong(_candidates.Find(relocation.Type), relocation, local, slot, program);
    }

    private CoreFix FindAmong(List<CoreCandidate> candidates, in BtfCoreRelocation relocation, CoreValue local, int slot, string program)
    {
        CoreFix? result = null;
        ulong bitOffset = 0;
        int kept = 0;
        for (int i = 0; i < candidates.Count; i++)
        {
            CoreCandidate candidate = candidates[i];
            if (!Matches(relocation.Kind, candidate))
            {
                continue;
            }

            CoreValue value = CoreValues.Get(relocation.Kind, candidate.Types, _found);
            if (value.Problem is not null)
            {
                throw Failure(relocation, $"in the kernel, {value.Problem}", slot, program, [CoreText.DescribeCandidate(candidate, null)]);
            }

            if (result is { Target: { } first } && (value.Number != first.Number || _found.BitOffset != bitOffset))
            {
                throw Ambiguous(relocation, candidates, slot, program);
            }

            bitOffset = _found.BitOffset;
            result ??= new CoreFix(local, value, IsSizeChanged(local, value, candidate.Types));
            candidates[kept++] = candidate;
        }

        if (result is null)
        {
            return new CoreFix(local, CoreValues.GetForMissing(relocation.Kind), IsSizeChanged: false);
        }

        candidates.RemoveRange(kept, candidates.Count - kept);
        return result.Value;
    }

    private bool Matches(BtfCoreRelocationKind kind, CoreCandidate candidate)
    {
        if (!CoreAccess.IsAboutType(kind))
        {
            return _fields.TryMatch(_wanted, candidate.Types, candidate.Id, _found);
        }

        _found.Start(candidate.Id);
        return kind == BtfCoreRelocationKind.TypeMatches
            ? _types.Match(_wanted.Root, candidate.Types, candidate.Id)
            : _types.AreCompatible(_wanted.Root, candidate.Types, candidate.Id);
    }

    /// <summary>
    /// Whether a field's size differs in a way that another size of load does not make good. It does for pointers, which 32-bit kernels have narrower,
    /// and for unsigned integers: both are extended with zeros.
    /// </summary>
    private bool IsSizeChanged(CoreValue local, CoreValue target, CoreTypes targetTypes)
    {
        if (local.AccessSize == target.AccessSize)
        {
            return false;
        }

        BtfTypeView ours = _local.View(local.AccessType);
        BtfTypeView theirs = targetTypes.View(target.AccessType);
        bool isExtended = ours.Kind == theirs.Kind
            && (ours.Kind == BtfKind.Pointer || (ours.Kind == BtfKind.Int && ours.IntEncoding != BtfIntEncoding.Signed && theirs.IntEncoding != BtfIntEncoding.Signed));
        return !isExtended;
    }

    private BpfRelocationException Ambiguous(in BtfCoreRelocation relocation, List<CoreCandidate> candidates, int slot, string program)
    {
        var tried = new List<string>();
        foreach (CoreCandidate candidate in candidates)
        {
            if (Matches(relocation.Kind, candidate))
            {
                ulong number = CoreValues.Get(relocation.Kind, candidate.Types, _found).Number;
                tried.Add(CoreText.DescribeCandidate(candidate, $"gives {number}"));
            }
        }

        return Failure(relocation, "the kernel has several types of this name, and they give different results; describe the one meant with more of its members, which the others do not have", slot, program, tried);
    }

    private BpfRelocationException Failure(in BtfCoreRelocation relocation, string problem, int slot, string program, IReadOnlyList<string>? tried = null) =>
        new(CoreText.Describe(_local, relocation, _wanted), problem, program, slot, tried);
}

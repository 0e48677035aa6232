using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>What a program is for: a function, a tracepoint or a hook of the kernel's, or a function of another program, as the kernel has to be told when the program is loaded (<c>attach_btf_id</c>).</summary>
/// <param name="Id">The type that stands for it in the kernel's BTF, or in a module's.</param>
/// <param name="Module">The module; <see langword="null"/> for the kernel itself, or a program.</param>
/// <param name="Program">The program.</param>
/// <param name="AttachType">What stands in the place of the hook, for a function of a kernel struct: its number; <see langword="null"/> for the program's own hook.</param>
internal readonly record struct AttachTarget(BtfTypeId Id, string? Module, BpfProgram? Program = null, BpfAttachType? AttachType = null)
{
    private const string KernelName = "vmlinux";

    /// <summary>Looks the target up that the program's spec names.</summary>
    /// <returns><see langword="null"/> when the kernel need not be told.</returns>
    /// <exception cref="BpfRelocationException">The kernel has nothing of that name.</exception>
    /// <exception cref="BpfNotSupportedException">The spec does not say what it is for, or the kernel does not give its types.</exception>
    public static AttachTarget? Find(BpfProgramSpec program, TargetKernel kernel)
    {
        if (program.TargetProgram is BpfProgram other)
        {
            return FindInProgram(program, other);
        }

        if (Describe(program) is not { } wanted)
        {
            return program.Definition?.Has(SectionTraits.NeedsBtfTarget) ?? false ? throw CannotSay(program) : null;
        }

        if (program.AttachTarget is not { Length: > 0 } target)
        {
            throw new BpfNotSupportedException(
                $"Loading program '{program.Name}' of section '{program.SectionName}'",
                $"its section does not say what it attaches to; set Programs[\"{program.Name}\"].AttachTarget before loading");
        }

        TargetKernel.RequireTypes(program.Name, $"a program of section '{program.SectionName}' is attached by BTF id");
        int colon = target.IndexOf(':', StringComparison.Ordinal);
        string? module = colon < 0 ? null : target[..colon];
        string name = target[(colon + 1)..];
        string typeName = wanted.Prefix + name;
        if (module is null or KernelName && Find(kernel.Running.Vmlinux, typeName, wanted.Kind) is { } id)
        {
            return new AttachTarget(id, null);
        }

        foreach (BtfSpec types in kernel.Running.LoadModules())
        {
            if ((module is null || module == types.Section) && Find(types, typeName, wanted.Kind) is { } inModule)
            {
                return new AttachTarget(inModule, types.Section);
            }
        }

        string nearest = KernelNames.Suggest(name, KernelNames.Find(kernel.Running.Vmlinux, wanted.Kind, wanted.Prefix));
        throw new BpfRelocationException(name, $"{(module is null ? "the kernel" : $"module '{module}'")} has no {wanted.What} of this name{nearest}{wanted.Hint}", program.Name);
    }

    private static AttachTarget FindInProgram(BpfProgramSpec program, BpfProgram other)
    {
        if (program.Type is not (BpfProgramType.Ext or BpfProgramType.Tracing))
        {
            throw new BpfNotSupportedException(
                $"Loading program '{program.Name}' of section '{program.SectionName}' for another program", "only programs of the sections freplace, fentry and fexit can be");
        }

        if (program.AttachTarget is not { Length: > 0 } function)
        {
            throw new BpfNotSupportedException(
                $"Loading program '{program.Name}' of section '{program.SectionName}'", $"neither its section nor SetTarget says which function of {other} it is for");
        }

        return new AttachTarget(FindFunction(other, function, program.Name), null, other);
    }

    /// <summary>A function of a loaded program, by its place in that program's types.</summary>
    /// <exception cref="BpfRelocationException">It has none of that name.</exception>
    /// <exception cref="BpfException">Its types are not there, or not to be had.</exception>
    public static BtfTypeId FindFunction(BpfProgram owner, string function, string asker)
    {
        BtfSpec types = LoadedProgramTypes.Read(owner);
        return Find(types, function, BtfKind.Function)
            ?? throw new BpfRelocationException(function, $"{owner} has no function of this name; static ones may have been inlined", asker, candidates: [.. types.OwnTypes.OfType<BtfFunction>().Select(found => found.Name)]);
    }

    private static Wanted? Describe(BpfProgramSpec program) => (program.Type, program.ExpectedAttachType) switch
    {
        (BpfProgramType.Tracing, BpfAttachType.TraceRawTp) => new("btf_trace_", BtfKind.Typedef, "raw tracepoint", "; /sys/kernel/tracing/available_events lists them as group:name"),
        (BpfProgramType.Tracing, BpfAttachType.TraceIter) => new("bpf_iter_", BtfKind.Function, "iterator", ""),
        (BpfProgramType.Tracing, BpfAttachType.TraceFentry or BpfAttachType.TraceFexit or BpfAttachType.ModifyReturn or BpfAttachType.TraceFsession) =>
            new("", BtfKind.Function, "function that can be traced", ": it may be inlined, or go by another name in this version"),
        (BpfProgramType.Lsm, _) => new("bpf_lsm_", BtfKind.Function, "LSM hook", ""),
        _ => null,
    };

    private static BtfTypeId? Find(BtfSpec types, string name, BtfKind kind)
    {
        // Module types continue the kernel's: those were looked at before.
        var ids = new List<BtfTypeId>();
        types.FindOwnIds(System.Text.Encoding.UTF8.GetBytes(name), kind.ToSet(), ids);
        return ids.Count == 0 ? null : ids[0];
    }

    private static BpfNotSupportedException CannotSay(BpfProgramSpec program) => new(
        $"Loading program '{program.Name}' of section '{program.SectionName}'",
        $"the kernel has to be told which loaded program it replaces a function of: call Programs[\"{program.Name}\"].SetTarget before loading, or set its AutoLoad to false");

    private sealed record Wanted(string Prefix, BtfKind Kind, string What, string Hint);
}

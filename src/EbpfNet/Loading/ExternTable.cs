using EbpfNet.Instructions;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>
/// What the kernel has for an object's externs. Each source, the kernel's configuration, its list of symbols and its types, is read once, when a program first needs something of it.
/// </summary>
internal sealed class ExternTable : IDisposable
{
    /// <summary>
    /// A call of a weak function that the kernel does not have becomes a call that no kernel knows, with the extern's place: code that never gets there
    /// still loads. The number is libbpf's, so that both give the same instructions.
    /// </summary>
    public const int MissingFunction = 2_002_000_000;

    private readonly BpfObjectSpec _spec;
    private readonly BpfLoadOptions _options;
    private readonly Lazy<KernelOptions?> _kernelOptions;
    private readonly Lazy<Dictionary<string, ResolvedExtern>> _addresses;
    private readonly Lazy<Dictionary<string, ResolvedExtern>> _typed;

    // The kernel takes index 0 for its own functions.
    private readonly List<string> _modules = [];
    private readonly Dictionary<string, BpfHandle> _moduleTypes = new(StringComparer.Ordinal);

    public ExternTable(BpfObjectSpec spec, BpfLoadOptions options, TargetKernel kernel)
    {
        _spec = spec;
        _options = options;
        OptionsMap = spec.Maps.TryGetValue(ObjectNames.KernelOptions, out BpfMapSpec? map) ? map : null;
        _kernelOptions = new(ReadOptions);
        _addresses = new(FindAddresses);
        _typed = new(() => FindTyped(kernel));
    }

    /// <summary>The map of the kernel's options, if the object asks for any.</summary>
    public BpfMapSpec? OptionsMap { get; }

    /// <summary>The modules whose functions programs call, by index from 1 on.</summary>
    public IReadOnlyList<string> Modules => _modules;

    /// <summary>What a map starts with.</summary>
    public ReadOnlyMemory<byte> InitialValueOf(BpfMapSpec map) => map == OptionsMap && _kernelOptions.Value is { } options ? options.Contents : map.InitialValue;

    /// <summary>Links a program, and refuses it if it needs something that the kernel does not have.</summary>
    /// <exception cref="BpfRelocationException">It names the extern.</exception>
    public LinkedProgram Link(BpfProgramSpec program)
    {
        LinkedProgram linked = FunctionLinker.Link(program, _spec.Constants);
        Require(linked);
        return linked;
    }

    /// <summary>Completes the instruction that refers to a symbol or function of the kernel's, but not to an option.</summary>
    /// <param name="code">The program.</param>
    /// <param name="reference">The instruction's reference.</param>
    /// <param name="descriptorOf">The descriptor of a module's types.</param>
    public void Patch(BpfInstruction[] code, ExternReference reference, Func<string, int> descriptorOf)
    {
        ref BpfInstruction first = ref code[reference.Slot];
        ResolvedExtern found = Find(reference.Extern);
        if (reference.IsCall)
        {
            first = found is { IsFound: true, Type.IsVoid: false }
                ? first.WithPseudoCall(BpfPseudoCall.Kfunc).WithImmediate((int)found.Type.Value).WithOffset((short)(found.Module is null ? 0 : _modules.IndexOf(found.Module) + 1))
                : new BpfInstruction(BpfOpcode.Call, immediate: MissingFunction + reference.Extern.Index);
            return;
        }

        ref BpfInstruction second = ref code[reference.Slot + 1];
        if (found is { IsFound: true, Type.IsVoid: false })
        {
            first = first.WithPseudoSource(BpfPseudoSource.BtfId).WithImmediate((int)found.Type.Value);
            second = second.WithImmediate(found.Module is null ? 0 : descriptorOf(found.Module));
        }
        else
        {
            first = first.WithImmediate((int)(uint)found.Address);
            second = second.WithImmediate((int)(found.Address >> 32));
        }
    }

    /// <summary>The types of a module, open until this is disposed.</summary>
    /// <exception cref="BpfException">There is no such module any more, or the process may not look for it.</exception>
    public BpfHandle TypesOf(string module)
    {
        if (!_moduleTypes.TryGetValue(module, out BpfHandle? handle))
        {
            _moduleTypes.Add(module, handle = KernelModuleTypes.Open(module));
        }

        return handle;
    }

    public void Dispose()
    {
        foreach (BpfHandle handle in _moduleTypes.Values)
        {
            handle.Dispose();
        }
    }

    /// <summary>Whether an instruction stands for the call of a function that may be missing.</summary>
    public static bool IsPoisoned(BpfInstruction instruction) => instruction is { IsHelperCall: true, Immediate: >= MissingFunction and < MissingFunction + 1_000_000 };

    /// <summary>Why a call was made one that no kernel takes, if that is what happened to it.</summary>
    public BpfRelocationException? ExplainPoison(BpfInstruction instruction, string program, int slot)
    {
        int index = IsPoisoned(instruction) ? instruction.Immediate - MissingFunction : -1;
        if (index < 0 || index >= _spec.Externs.Length || _spec.Externs[index] is not { Kind: BpfExternKind.KernelFunction } missing)
        {
            return null;
        }

        string reason = Find(missing).Reason ?? "it does not exist on this kernel";
        return new BpfRelocationException(missing.Name, $"{reason}, and the program gets to a call of it; test for it with bpf_ksym_exists before", program, slot);
    }

    /// <summary>Refuses a program that needs something that the kernel does not have.</summary>
    /// <exception cref="BpfRelocationException">It names the extern.</exception>
    private void Require(LinkedProgram program)
    {
        foreach (BpfRelocation relocation in program.Relocations)
        {
            if (relocation is ExternReference { Extern: { } symbol } && ProblemOf(symbol) is { } problem)
            {
                LinkedFunction function = program.Functions.Last(function => function.Slot <= relocation.Slot);
                throw new BpfRelocationException(symbol.Name, problem, function.Name, relocation.Slot - function.Slot);
            }
        }
    }

    private ResolvedExtern Find(BpfExtern symbol) => symbol.Kind switch
    {
        BpfExternKind.UntypedKernelSymbol => _addresses.Value[symbol.Name],
        BpfExternKind.TypedKernelSymbol or BpfExternKind.KernelFunction => _typed.Value[symbol.Name],
        _ => throw new InvalidOperationException($"{symbol.Name} is not looked up by name."),
    };

    private string? ProblemOf(BpfExtern symbol) => symbol switch
    {
        { Kind: BpfExternKind.KernelOption, Format.Size: 0 } => KernelOptions.UnsupportedType,
        { Kind: BpfExternKind.KernelOption } => _kernelOptions.Value?.ProblemOf(symbol),
        _ => Find(symbol).Problem,
    };

    /// <summary>The options; <see langword="null"/> when there are none, or the map is somebody else's.</summary>
    private KernelOptions? ReadOptions() =>
        OptionsMap is null || _options.MapReplacements.ContainsKey(OptionsMap.Name)
            ? null
            : KernelOptions.Read(_spec, OptionsMap, _options.KernelConfig, () => KernelConfigFile.TryOpen(KernelConfigFile.Paths), KernelFacts.Find);

    private Dictionary<string, ResolvedExtern> FindAddresses()
    {
        string[] names = [.. _spec.Externs.Where(one => one.Kind == BpfExternKind.UntypedKernelSymbol).Select(one => one.Name)];
        KernelSymbolSearch symbols = KernelSymbolSearch.FindInKernel(names);
        return _spec.Externs.Where(one => one.Kind == BpfExternKind.UntypedKernelSymbol).ToDictionary(one => one.Name, symbols.Resolve, StringComparer.Ordinal);
    }

    private Dictionary<string, ResolvedExtern> FindTyped(TargetKernel kernel)
    {
        var found = new Dictionary<string, ResolvedExtern>(StringComparer.Ordinal);
        KernelTypeSymbols? symbols = KernelProbes.KernelTypes.IsMissing ? null : new KernelTypeSymbols(_spec.Btf!, kernel.RunningTypes);
        foreach (BpfExtern one in _spec.Externs.Where(one => one.Kind is BpfExternKind.TypedKernelSymbol or BpfExternKind.KernelFunction))
        {
            ResolvedExtern resolved = symbols?.Find(one) ?? WithoutTypes(one);
            found.Add(one.Name, resolved);
            if (one.Kind == BpfExternKind.KernelFunction && resolved.Module is { } module && !_modules.Contains(module))
            {
                _modules.Add(module);
            }
        }

        return found;
    }

    private static ResolvedExtern WithoutTypes(BpfExtern wanted) => new()
    {
        Problem = wanted.IsWeak ? null : $"it is looked up in the kernel's types, which this kernel does not give: {KernelProbes.KernelTypesFile} is missing. Boot a kernel built with CONFIG_DEBUG_INFO_BTF",
    };
}

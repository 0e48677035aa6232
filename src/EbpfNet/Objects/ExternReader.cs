using System.Collections.Immutable;
using EbpfNet.Btf;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>Reads what the object uses and does not define: undefined symbols, and what BTF says of them.</summary>
internal sealed class ExternReader
{
    /// <summary>More than any configuration has; the kernel's own limit is not much higher.</summary>
    private const uint MaxOptionsSize = 1 << 20;

    private readonly Dictionary<string, BpfExtern> _byName = new(StringComparer.Ordinal);

    public ExternReader(ObjectSections sections, BpfObjectSpec spec)
    {
        Dictionary<string, (BpfExternKind Kind, BtfTypeId Type)> declared = new(StringComparer.Ordinal);
        if (spec.Btf is { } btf)
        {
            Declare(btf, ObjectNames.KernelSymbols, declared);
            Declare(btf, ObjectNames.KernelOptions, declared);
        }

        var found = new Dictionary<string, BpfExtern>(StringComparer.Ordinal);
        foreach (ElfSymbol symbol in sections.Elf.Symbols)
        {
            if (!symbol.IsUndefined || symbol.Name.Length == 0 || symbol.Binding == ElfSymbolBinding.Local)
            {
                continue;
            }

            (BpfExternKind kind, BtfTypeId type) = declared.TryGetValue(symbol.Name, out (BpfExternKind Kind, BtfTypeId Type) known) ? known : (BpfExternKind.Undeclared, default);
            KernelOptionFormat format = kind == BpfExternKind.KernelOption ? KernelOptionFormat.Of(spec.Btf!, type) : default;
            found.TryAdd(symbol.Name, new BpfExtern(symbol.Name, kind, symbol.Binding == ElfSymbolBinding.Weak, type) { Format = format });
        }

        All = Place(found.Values);
        foreach (BpfExtern one in All)
        {
            _byName.Add(one.Name, one);
        }
    }

    /// <summary>
    /// The externs in libbpf's order, because calls of missing functions name them by their place: options first, as they are in <c>.kconfig</c>, the strictest alignment
    /// first and of these the smallest; then the others by name. What nobody declares, which libbpf refuses, comes last.
    /// </summary>
    public ImmutableArray<BpfExtern> All { get; }

    public BpfExtern? Find(ElfSymbol symbol) => _byName.GetValueOrDefault(symbol.Name);

    private static ImmutableArray<BpfExtern> Place(IEnumerable<BpfExtern> externs)
    {
        ImmutableArray<BpfExtern>.Builder all = ImmutableArray.CreateBuilder<BpfExtern>();
        ulong end = 0;
        foreach (BpfExtern one in externs
            .OrderBy(one => one.Kind switch { BpfExternKind.KernelOption => 0, BpfExternKind.Undeclared => 2, _ => 1 })
            .ThenByDescending(one => one.Format.Alignment)
            .ThenBy(one => one.Format.Size)
            .ThenBy(one => one.Name, StringComparer.Ordinal))
        {
            if (one.Format.Size > 0)
            {
                end = (end + one.Format.Alignment - 1) / one.Format.Alignment * one.Format.Alignment;
                if (end + one.Format.Size > MaxOptionsSize)
                {
                    throw new BpfObjectFormatException($"with '{one.Name}' of {one.Format.Size} bytes, the kernel's options take more than {MaxOptionsSize} bytes", ObjectNames.KernelOptions);
                }
            }

            all.Add(one with { Index = all.Count, Offset = (uint)end });
            end += one.Format.Size;
        }

        return all.DrainToImmutable();
    }

    private static void Declare(BtfSpec btf, string section, Dictionary<string, (BpfExternKind Kind, BtfTypeId Type)> declared)
    {
        if (!btf.TryFind(section, out BtfDataSection? description))
        {
            return;
        }

        foreach (BtfSectionEntry entry in description.Entries)
        {
            BtfType type = btf[entry.Variable];
            BpfExternKind kind = type switch
            {
                BtfFunction => BpfExternKind.KernelFunction,
                BtfVariable when section == ObjectNames.KernelOptions => BpfExternKind.KernelOption,
                BtfVariable variable => btf.SkipModifiers(variable.Type).IsVoid ? BpfExternKind.UntypedKernelSymbol : BpfExternKind.TypedKernelSymbol,
                _ => throw new BpfObjectFormatException($"BTF lists type {entry.Variable} among the externs, which is neither a variable nor a function", section),
            };
            declared.TryAdd(type.Name, (kind, entry.Variable));
        }
    }
}

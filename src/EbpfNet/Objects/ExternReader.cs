using System.Collections.Immutable;
using EbpfNet.Btf;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>Reads what the object uses and does not define: undefined symbols, and what BTF says of them.</summary>
internal sealed class ExternReader
{
    private readonly Dictionary<string, BpfExtern> _byName = new(StringComparer.Ordinal);

    public ExternReader(ObjectSections sections, BpfObjectSpec spec)
    {
        Dictionary<string, (BpfExternKind Kind, BtfTypeId Type, uint Size)> declared = new(StringComparer.Ordinal);
        if (spec.Btf is { } btf)
        {
            Declare(btf, ObjectNames.KernelSymbols, declared);
            Declare(btf, ObjectNames.KernelOptions, declared);
        }

        ImmutableArray<BpfExtern>.Builder all = ImmutableArray.CreateBuilder<BpfExtern>();
        foreach (ElfSymbol symbol in sections.Elf.Symbols)
        {
            if (!symbol.IsUndefined || symbol.Name.Length == 0 || symbol.Binding == ElfSymbolBinding.Local)
            {
                continue;
            }

            (BpfExternKind kind, BtfTypeId type, uint size) = declared.GetValueOrDefault(symbol.Name);
            BpfExtern found = new(symbol.Name, kind, symbol.Binding == ElfSymbolBinding.Weak, type, size);
            if (_byName.TryAdd(symbol.Name, found))
            {
                all.Add(found);
            }
        }

        All = all.DrainToImmutable();
    }

    /// <summary>The externs in the order of the symbol table.</summary>
    public ImmutableArray<BpfExtern> All { get; }

    public BpfExtern? Find(ElfSymbol symbol) => _byName.GetValueOrDefault(symbol.Name);

    private static void Declare(BtfSpec btf, string section, Dictionary<string, (BpfExternKind Kind, BtfTypeId Type, uint Size)> declared)
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
            declared.TryAdd(type.Name, (kind, entry.Variable, entry.Size));
        }
    }
}

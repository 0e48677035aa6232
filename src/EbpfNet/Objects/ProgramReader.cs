using System.Collections.Immutable;
using EbpfNet.Btf;
using EbpfNet.Elf;
using EbpfNet.Instructions;

namespace EbpfNet.Objects;

/// <summary>Reads the code: cuts the executable sections into functions, and says which of them are programs.</summary>
internal sealed class ProgramReader(ObjectSections sections, BpfObjectSpec spec)
{
    private const string SubprogramSection = ".text";

    /// <summary>How much more code the functions of a section may have than the section: aliases share theirs.</summary>
    private const int SharingLimit = 4;

    private readonly Dictionary<(int Section, int Slot), BpfFunction> _functions = [];
    private readonly Dictionary<BpfFunction, BpfProgramSpec> _programs = new(ReferenceEqualityComparer.Instance);

    public void Read()
    {
        List<(ElfSection Section, int SlotCount, List<BpfFunction> Functions)> code = [];
        foreach (ElfSection section in sections.Elf.Sections)
        {
            if (ObjectSections.IsCode(section) && section.Size != 0)
            {
                ReadOnlyMemory<byte> bytes = ObjectSections.Contents(section);
                ReadOnlyMemory<BpfInstruction> instructions = BpfInstructionCodec.Decode(bytes.Span, sections.Elf.IsBigEndian, section.Name);
                List<BpfFunction> functions = ReadFunctions(section, instructions);
                ExtensionReader.Read(spec, section.Name, functions);
                functions.ForEach(Place);
                code.Add((section, instructions.Length, functions));
            }
        }

        // All functions are known from here on, so that they can refer to each other.
        ExternReader externs = new(sections, spec);
        RelocationReader relocations = new(sections, externs, _functions);
        ImmutableArray<BtfTypeId>.Builder hidden = ImmutableArray.CreateBuilder<BtfTypeId>();
        foreach ((ElfSection section, int slotCount, List<BpfFunction> functions) in code)
        {
            relocations.Read(section, slotCount, functions);
            foreach (BpfFunction function in functions)
            {
                if (function is { IsHidden: true, Type.IsVoid: false })
                {
                    hidden.Add(function.Type);
                }
            }
        }

        HashSet<BpfFunction> referredTo = [.. code.SelectMany(part => part.Functions).SelectMany(function => function.Targets)];
        foreach ((ElfSection section, _, List<BpfFunction> functions) in code)
        {
            AddLocalPrograms(section, functions, referredTo);
        }

        spec.HiddenFunctions = hidden.DrainToImmutable();
        spec.Externs = externs.All;
        ExceptionCallbacks.Read(spec, SubprogramSection, [.. code.SelectMany(part => part.Functions)]);
    }

    /// <summary>The program whose function a symbol names, if it is one.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="addend">What is added to its place, for a symbol that is a section.</param>
    public BpfProgramSpec? FindProgram(ElfSymbol symbol, ulong addend)
    {
        ulong place = unchecked(symbol.Value + addend);
        return symbol.Placement == ElfSymbolPlacement.Section
            && place % BpfInstruction.Size == 0
            && place / BpfInstruction.Size <= int.MaxValue
            && _functions.TryGetValue((symbol.SectionIndex, (int)(place / BpfInstruction.Size)), out BpfFunction? function)
                ? _programs.GetValueOrDefault(function)
                : null;
    }

    /// <summary>
    /// Static functions are programs, too, where the section says of which kind and nothing in the object refers to them: what else would they be for. Other loaders
    /// differ; libbpf takes no such object.
    /// </summary>
    private void AddLocalPrograms(ElfSection section, List<BpfFunction> functions, HashSet<BpfFunction> referredTo)
    {
        if (section.Name == SubprogramSection || SectionName.Parse(section.Name).Definition is null)
        {
            return;
        }

        foreach (BpfFunction function in functions)
        {
            if (function.IsLocal && !referredTo.Contains(function) && _functions[(function.Section, function.SectionSlot)] == function)
            {
                AddProgram(section, (ulong)function.SectionSlot * BpfInstruction.Size, function);
            }
        }
    }

    /// <summary>Notes where a function is. Of several names for one place the one that BTF uses counts, else the first: references then say which.</summary>
    private void Place(BpfFunction function)
    {
        (int Section, int Slot) place = (function.Section, function.SectionSlot);
        if (!_functions.TryAdd(place, function) && !function.Type.IsVoid && spec.Btf![function.Type].Name == function.Name)
        {
            _functions[place] = function;
        }
    }

    private List<BpfFunction> ReadFunctions(ElfSection section, ReadOnlyMemory<BpfInstruction> instructions)
    {
        ElfSymbol[] symbols =
        [
            .. sections.SymbolsIn(section)
                .Where(symbol => symbol.Type == ElfSymbolType.Function)
                .OrderBy(symbol => symbol.Value)
                .ThenBy(symbol => symbol.Binding == ElfSymbolBinding.Local)
        ];
        long budget = (long)instructions.Length * SharingLimit;
        List<BpfFunction> functions = new(symbols.Length);
        for (int i = 0; i < symbols.Length; i++)
        {
            ElfSymbol symbol = symbols[i];
            BpfFunction function = ReadFunction(section, instructions, symbol, NextPlace(section, symbols, i));
            budget -= function.Instructions.Length;
            if (budget < 0)
            {
                throw Complaint(section, symbol.Value, "the functions up to this one overlap: together they are several times as long as the section");
            }

            functions.Add(function);
            if (section.Name != SubprogramSection && !function.IsLocal)
            {
                AddProgram(section, symbol.Value, function);
            }
        }

        return functions;
    }

    /// <summary>Where the next function starts: functions written in assembler often do not say their size.</summary>
    private static ulong NextPlace(ElfSection section, ElfSymbol[] symbols, int index)
    {
        for (int next = index + 1; next < symbols.Length; next++)
        {
            if (symbols[next].Value > symbols[index].Value)
            {
                return Math.Min(symbols[next].Value, section.Size);
            }
        }

        return section.Size;
    }

    private static BpfFunction ReadFunction(ElfSection section, ReadOnlyMemory<BpfInstruction> instructions, ElfSymbol symbol, ulong nextPlace)
    {
        if (symbol.Value >= section.Size || symbol.Size > section.Size - symbol.Value)
        {
            throw Complaint(section, symbol.Value, $"the function '{symbol.Name}' (0x{symbol.Size:x} bytes at 0x{symbol.Value:x}) reaches beyond the end of the section (0x{section.Size:x} bytes)");
        }

        ulong size = symbol.Size != 0 ? symbol.Size : nextPlace - symbol.Value;
        if (symbol.Value % BpfInstruction.Size != 0 || size % BpfInstruction.Size != 0)
        {
            throw Complaint(section, symbol.Value, $"the function '{symbol.Name}' (0x{size:x} bytes at 0x{symbol.Value:x}) is not made of whole instructions of {BpfInstruction.Size} bytes");
        }

        int slot = (int)(symbol.Value / BpfInstruction.Size);
        return new BpfFunction(symbol.Name, section.Index, section.Name, slot, instructions.Slice(slot, (int)(size / BpfInstruction.Size)))
        {
            IsLocal = symbol.Binding == ElfSymbolBinding.Local,
            IsHidden = symbol.Binding != ElfSymbolBinding.Local && symbol.Visibility is ElfSymbolVisibility.Hidden or ElfSymbolVisibility.Internal,
        };
    }

    private void AddProgram(ElfSection section, ulong offset, BpfFunction function)
    {
        BpfProgramSpec program = new(function, SectionName.Parse(section.Name));
        if (!spec.Programs.TryAdd(program.Name, program))
        {
            throw Complaint(section, offset, $"there is a second program named '{program.Name}'");
        }

        _programs.Add(function, program);
    }

    private static BpfObjectFormatException Complaint(ElfSection section, ulong offset, string problem) =>
        new(problem, section.Name, (long)Math.Min(offset, long.MaxValue));
}

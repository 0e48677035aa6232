using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The text of a program's instructions as the verifier left them.</summary>
internal sealed class XlatedDump
{
    private const string CallBase = "__bpf_call_base"; // Calls hold the distance of their function from this one.
    private const ulong KernelHalf = 1UL << 63;
    private const byte SpeculationBarrier = 0xc2; // BPF_ST | BPF_NOSPEC
    private const byte MoveRegister = 0xbf; // BPF_ALU64 | BPF_MOV | BPF_X
    private const short PerCpuAddress = -1; // BPF_ADDR_PERCPU

    private readonly ProgramCode _code;
    private readonly BpfInstruction[] _instructions;
    private readonly Dictionary<uint, string> _maps = [];
    private readonly KernelSymbols? _symbols;
    private readonly ulong? _callBase;
    private BtfSpec? _kernelTypes;

    private XlatedDump(ProgramCode code)
    {
        _code = code;
        _instructions = [.. code.Instructions.Select(Restore)];
        try
        {
            _symbols = KernelSymbols.Load();
            _callBase = _symbols.AddressOf(CallBase);
        }
        catch (BpfNotSupportedException)
        {
            // Addresses are hidden: the numbers stand for themselves.
        }
    }

    public static string Write(ProgramCode code, bool withSource) => code.Instructions.Length > 0
        ? new XlatedDump(code).Write(withSource)
        : throw new BpfNotSupportedException($"Reading the instructions of {code.Program}", "the kernel does not show them to this process: it takes CAP_BPF, or CAP_SYS_ADMIN");

    private string Write(bool withSource)
    {
        var functions = new Dictionary<int, int>();
        for (int i = 0; i < _code.Functions.Length; i++)
        {
            functions.TryAdd((int)_code.Functions[i].Slot, i);
        }

        var lines = new Dictionary<int, BtfLineInfo>();
        foreach ((uint slot, BtfLineInfo line) in withSource ? _code.Lines : [])
        {
            lines.TryAdd((int)slot, line);
        }

        var options = new BpfDisassemblyOptions { SymbolOf = NameOf };
        using StringWriter writer = new(System.Globalization.CultureInfo.InvariantCulture) { NewLine = "\n" };
        string lastLine = "";
        for (int slot = 0; slot < _instructions.Length; slot += _instructions[slot].IsLoadImm64 && slot + 1 < _instructions.Length ? 2 : 1)
        {
            if (functions.TryGetValue(slot, out int function) || slot == 0)
            {
                writer.WriteLine($"{_code.Declare(function)}:");
                lastLine = "";
            }

            if (lines.TryGetValue(slot, out BtfLineInfo line) && SourceLines.Format(line) is var source && source != lastLine)
            {
                writer.WriteLine(source);
                lastLine = source;
            }

            writer.WriteLine($"{InstructionText.Number(slot),4}: {KernelOnly(_instructions[slot]) ?? BpfDisassembler.Format(_instructions, slot, options)}");
        }

        return writer.ToString();
    }

    /// <summary>Calls of the program's own functions hold their number; the distance, which they had before, is in the other field.</summary>
    private static BpfInstruction Restore(BpfInstruction instruction) =>
        instruction.IsFunctionCall ? instruction.WithImmediate(instruction.Offset).WithOffset(0) : instruction;

    /// <summary>Instructions that only the verifier itself puts in; <see langword="null"/> for all others.</summary>
    private static string? KernelOnly(BpfInstruction instruction) => instruction switch
    {
        { Opcode.Value: SpeculationBarrier } => "nospec",
        { Opcode.Value: MoveRegister, Offset: PerCpuAddress } => $"r{(int)instruction.Destination} = &(void __percpu *)(r{(int)instruction.Source})",
        _ => null,
    };

    private string? NameOf(int slot, BpfInstruction instruction)
    {
        if (instruction.IsFunctionCall)
        {
            // The number of the function, which is no other's than the first's to be 0: that is never called. Of a program that is not compiled it is something else, and of one whose addresses are hidden nothing;
            // the distance is right then, if it fits into 16 bits.
            int number = _code.IsCompiled && _code.Instructions[slot].Immediate > 0 ? _code.Instructions[slot].Immediate : FindFunction(slot + 1 + instruction.Immediate);
            return number >= 0 && number < _code.Functions.Length ? _code.NameOf(number) : null;
        }

        if (instruction.IsHelperCall)
        {
            return NameOfCall(instruction.Immediate);
        }

        if (instruction.IsKfuncCall)
        {
            return NameOfKfunc(instruction);
        }

        return instruction.IsLoadImm64 && slot + 1 < _instructions.Length ? NameOfConstant(slot, instruction, _instructions[slot + 1]) : null;
    }

    private int FindFunction(int slot) => Array.FindIndex(_code.Functions, function => function.Slot == slot);

    private string? NameOfCall(int distance)
    {
        if (_callBase is { } from && _symbols!.Resolve(from + (ulong)distance) is { Symbol: { } name, Offset: 0 })
        {
            return name;
        }

        string helper = ((BpfHelper)distance).CName();
        return distance > 0 && !helper.Contains('#', StringComparison.Ordinal) ? helper
            : distance == 0 ? "a kernel function whose address is hidden"
            : null;
    }

    private string? NameOfKfunc(BpfInstruction call)
    {
        if (NameOfAddress(call.Immediate) is { } name)
        {
            return name;
        }

        // Else the number is its type: the kernel's, or, with an offset, that of a module, of which it cannot be told which.
        if (call.Offset != 0 || !KernelProbes.KernelTypes.IsPresent)
        {
            return null;
        }

        _kernelTypes ??= BtfSpec.ParseKernels(MappedFile.Read(KernelProbes.KernelTypesFile), null, "vmlinux");
        return _kernelTypes.TryGetType(new BtfTypeId((uint)call.Immediate), out BtfType? type) && type is BtfFunction ? type.Name : null;
    }

    private string? NameOfAddress(int distance) =>
        distance < 0 && _callBase is { } from && _symbols!.Resolve(from + (ulong)distance) is { Symbol: { } name, Offset: 0 } ? name : null;

    private string? NameOfConstant(int slot, BpfInstruction first, BpfInstruction second)
    {
        switch (first.PseudoSource)
        {
            case BpfPseudoSource.MapFd:
                return $"map[{NameOfMap((uint)first.Immediate)}]";
            case BpfPseudoSource.MapValue:
                return $"map[{NameOfMap((uint)first.Immediate)}].value+{InstructionText.Number(second.Immediate)}";
            case BpfPseudoSource.Function:
                int function = FindFunction(slot + 1 + first.Immediate);
                return function >= 0 ? _code.NameOf(function) : null;
            default:
                ulong value = first.ReadImm64(second);
                return value >= KernelHalf && _symbols?.Resolve(value) is { Symbol: { } name, Offset: 0 } ? name : null;
        }
    }

    private string NameOfMap(uint id)
    {
        if (!_maps.TryGetValue(id, out string? text))
        {
            text = $"id {InstructionText.Number(id)}";
            try
            {
                using BpfMap map = BpfMap.OpenById(id);
                text = $"{text} '{map.Name}'";
            }
            catch (BpfException)
            {
                // Not for this process: the id says which one it is.
            }

            _maps.Add(id, text);
        }

        return text;
    }
}

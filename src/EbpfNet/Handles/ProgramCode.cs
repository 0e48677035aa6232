using System.Runtime.InteropServices;
using EbpfNet.Btf;
using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What the kernel keeps of a program's code: the instructions, the machine code, and which functions and lines of the source they came from.</summary>
internal sealed unsafe class ProgramCode
{
    private const int MostBytes = 64 << 20; // The kernel takes a million instructions.
    private const int FunctionRecord = 8; // struct bpf_func_info
    private const int LineRecord = 16; // struct bpf_line_info

    private ProgramCode(BpfProgram program, BtfSpec? types)
    {
        Program = program;
        Types = types;
    }

    public BpfProgram Program { get; }

    /// <summary>The types that the program was loaded with.</summary>
    public BtfSpec? Types { get; }

    /// <summary>The instructions as the verifier left them; empty where the kernel does not show them.</summary>
    public BpfInstruction[] Instructions { get; private init; } = [];

    /// <summary>The machine code of all functions in a row; empty where there is none, or the kernel does not show it.</summary>
    public byte[] MachineCode { get; private init; } = [];

    /// <summary>Whether it is compiled, whether that is shown or not.</summary>
    public bool IsCompiled { get; private init; }

    /// <summary>Where each function's machine code is in memory; as many as there are functions, or none.</summary>
    public ulong[] Addresses { get; private init; } = [];

    /// <summary>How long each function's machine code is, in bytes.</summary>
    public uint[] Lengths { get; private init; } = [];

    /// <summary>The first instruction of each function, and what the types call it, in the order of the code.</summary>
    public (uint Slot, BtfTypeId Type)[] Functions { get; private init; } = [];

    /// <summary>The lines of the source that the instructions came from, in the order of the code.</summary>
    public (uint Slot, BtfLineInfo Line)[] Lines { get; private init; } = [];

    /// <summary>Where the machine code of each of <see cref="Lines"/> is in memory; as many, or none.</summary>
    public ulong[] LineAddresses { get; private init; } = [];

    public static ProgramCode Read(BpfProgram program)
    {
        ProgramInfoData sizes = KernelObjects.GetInfo<ProgramInfoData>(program.Handle, program.ToString());
        byte[] instructions = new byte[Bounded(sizes.XlatedProgLen, 1)];
        byte[] machineCode = new byte[Bounded(sizes.JitedProgLen, 1)];
        byte[] functions = new byte[Bounded(sizes.NrFuncInfo, sizes.FuncInfoRecSize)];
        byte[] lines = new byte[Bounded(sizes.NrLineInfo, sizes.LineInfoRecSize)];
        byte[] lineAddresses = new byte[Bounded(sizes.NrJitedLineInfo, sizes.JitedLineInfoRecSize)];
        ulong[] addresses = new ulong[Bounded(sizes.NrJitedKsyms, 1)];
        uint[] lengths = new uint[Bounded(sizes.NrJitedFuncLens, 1)];
        ProgramInfoData info = sizes;
        fixed (byte* toInstructions = instructions, toCode = machineCode, toFunctions = functions, toLines = lines, toLineAddresses = lineAddresses)
        fixed (ulong* toAddresses = addresses)
        fixed (uint* toLengths = lengths)
        {
            info.NrMapIds = 0;
            info.NrProgTags = 0;
            info.XlatedProgInsns = toInstructions;
            info.JitedProgInsns = toCode;
            info.FuncInfo = toFunctions;
            info.LineInfo = toLines;
            info.JitedLineInfo = toLineAddresses;
            info.JitedKsyms = toAddresses;
            info.JitedFuncLens = toLengths;
            BpfErrno error = KernelObjects.TryGetInfo(program.Handle, ref info);
            if (error != BpfErrno.None)
            {
                throw SyscallErrors.Create(error, BpfCommand.ObjGetInfoByFd, $"read the code of {program}");
            }
        }

        // What may not be shown has its pointer set to null.
        BtfSpec? types = sizes.BtfId == 0 ? null : MapTypes.TryRead(sizes.BtfId);
        return new ProgramCode(program, types)
        {
            Instructions = info.XlatedProgInsns == null ? [] : MemoryMarshal.Cast<byte, BpfInstruction>(instructions).ToArray(),
            MachineCode = info.JitedProgInsns == null ? [] : machineCode,
            IsCompiled = sizes.JitedProgLen != 0,
            Addresses = info.JitedKsyms == null ? [] : addresses,
            Lengths = info.JitedFuncLens == null ? [] : lengths,
            Functions = types is null ? [] : ReadFunctions(functions, (int)sizes.FuncInfoRecSize, types),
            Lines = types is null ? [] : ReadLines(lines, (int)sizes.LineInfoRecSize, types),
            LineAddresses = info.JitedLineInfo == null || sizes.JitedLineInfoRecSize != sizeof(ulong) ? [] : MemoryMarshal.Cast<byte, ulong>(lineAddresses).ToArray(),
        };
    }

    /// <summary>What a function is called by the types: its declaration; else what can be said without.</summary>
    public string Declare(int function) => function < Functions.Length
        ? Types!.Describe(Functions[function].Type)
        : function == 0 ? Program.Name : $"subprogram {InstructionText.Number(function)}";

    /// <summary>The name alone.</summary>
    public string NameOf(int function) =>
        function < Functions.Length && Types!.TryGetType(Functions[function].Type, out BtfType? type) ? type.Name : function == 0 ? Program.Name : $"subprogram_{InstructionText.Number(function)}";

    private static (uint Slot, BtfTypeId Type)[] ReadFunctions(byte[] records, int size, BtfSpec types)
    {
        var found = new List<(uint Slot, BtfTypeId Type)>();
        for (int at = 0; size >= FunctionRecord && at + size <= records.Length; at += size)
        {
            uint type = MemoryMarshal.Read<uint>(records.AsSpan(at + sizeof(uint)));
            found.Add((MemoryMarshal.Read<uint>(records.AsSpan(at)), new BtfTypeId(type < (uint)types.TypeCount ? type : 0)));
        }

        return [.. found];
    }

    private static (uint Slot, BtfLineInfo Line)[] ReadLines(byte[] records, int size, BtfSpec types)
    {
        var found = new List<(uint Slot, BtfLineInfo Line)>();
        for (int at = 0; size >= LineRecord && at + size <= records.Length; at += size)
        {
            ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(records.AsSpan(at, LineRecord));
            bool known = words[1] < types.StringLength && words[2] < types.StringLength;
            found.Add((words[0], new BtfLineInfo(types, words[0], known ? words[1] : 0, known ? words[2] : 0, words[3])));
        }

        return [.. found];
    }

    private static uint Bounded(uint count, uint size) => (ulong)count * size <= MostBytes ? count * size : 0;
}

using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Instructions;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>Connects the verifier's log with the program's code and its C source.</summary>
internal static class VerifierReports
{
    /// <param name="log">The verifier's log.</param>
    /// <param name="program">The program as the kernel got it.</param>
    /// <param name="license">The object's licence.</param>
    /// <param name="maps">The object's maps, in its order.</param>
    /// <param name="withoutTypes">Why the program was loaded without BTF, if it was.</param>
    /// <param name="poison">Why the refused instruction was made one that every kernel refuses, if it was.</param>
    /// <param name="isCut">Whether the log is not whole.</param>
    /// <param name="isTooLong">Whether the kernel has given up, which it says in the log as well, if that has room.</param>
    public static VerifierReport Create(VerifierLog log, LinkedProgram program, string license, IReadOnlyList<string> maps, string? withoutTypes, BpfRelocationException? poison, bool isCut, bool isTooLong)
    {
        int? slot = log.Instruction < program.Instructions.Length ? log.Instruction : null;
        LinkedLineInfo? line = slot is { } at ? FindLine(program, at) : null;
        string? source = line?.Line.Text is { Length: > 0 } text ? text : log.SourceText;
        string? location = Locate(line) ?? log.SourceLocation;
        return new VerifierReport(
            log.Text,
            slot,
            slot is { } refused ? Disassemble(program, refused) : null,
            source,
            source is null ? null : location,
            poison is not null ? Describe(poison, isCall: slot is { } call && ExternTable.IsPoisoned(program.Instructions[call])) : isCut && isTooLong && !log.HasEnd ? VerifierComplaints.TooComplexSentence : Diagnose(log, program, slot, license, maps, withoutTypes, isCut));
    }

    private static string? Diagnose(VerifierLog log, LinkedProgram program, int? slot, string license, IReadOnlyList<string> maps, string? withoutTypes, bool isCut)
    {
        if (slot is { } at && FindMissingMap(program.Instructions[at], maps) is { } map)
        {
            return $"the program uses map '{map}', which was not created; turn its AutoCreate on, or keep the program from getting here";
        }

        bool isExit = slot is { } refused && program.Instructions[refused].IsExit;
        string? sentence = VerifierComplaints.Explain(log.Complaint, new RefusedProgram(program.Program.Type.CName(), license, isExit, instruction => Locate(FindLine(program, instruction))));
        if (isCut)
        {
            // Before Linux 6.4 what fits is the start, so that its last words are not the complaint.
            sentence = sentence is null ? "the log does not fit into LogBufferLimit, raise it"
                : log.HasEnd ? $"{sentence} (the start of the log does not fit into LogBufferLimit)"
                : $"the log does not fit into LogBufferLimit, raise it; the last that fits: {sentence}";
        }

        return withoutTypes is not null && sentence is not null && log.Complaint.Any(said => said.Contains("btf", StringComparison.OrdinalIgnoreCase))
            ? $"{sentence}. The program is without BTF: {withoutTypes}"
            : sentence;
    }

    private static string Describe(BpfRelocationException poison, bool isCall)
    {
        if (isCall)
        {
            return $"kernel function '{poison.Symbol}': {poison.Problem}";
        }

        string tried = poison.Candidates.Count == 0 ? "" : $". Candidates tried: {string.Join("; ", poison.Candidates)}";
        return $"access to '{poison.Symbol}' could not be relocated: {poison.Problem}{tried}";
    }

    private static string? FindMissingMap(BpfInstruction instruction, IReadOnlyList<string> maps)
    {
        int index = instruction.IsHelperCall ? instruction.Immediate - ProgramPatcher.MissingMap : -1;
        return index >= 0 && index < maps.Count ? maps[index] : null;
    }

    private static string? Locate(LinkedLineInfo? line) => line is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.Line.FileName}:{known.Line.Line}") : null;

    /// <summary>The last record at or before an instruction. Every function starts with one, so that none is of another function.</summary>
    private static LinkedLineInfo? FindLine(LinkedProgram program, int slot)
    {
        LinkedLineInfo? found = null;
        foreach (LinkedLineInfo line in program.LineInfos)
        {
            if (line.Slot > slot)
            {
                break;
            }

            found = line;
        }

        return found;
    }

    private static string Disassemble(LinkedProgram program, int slot) =>
        BpfDisassembler.Format(program.Instructions, slot, new BpfDisassemblyOptions
        {
            LabelAt = target => program.Functions.FirstOrDefault(function => function.Slot == target && target > 0).Name,
        });
}

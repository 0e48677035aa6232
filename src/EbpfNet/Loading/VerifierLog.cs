using System.Globalization;
using System.Text.RegularExpressions;

namespace EbpfNet.Loading;

/// <summary>
/// What the verifier's log says about a refusal: which instruction, and with which words. The log is meant for people and its form changes
/// between kernels, so that nothing here insists on one: what is not recognised is taken as a message.
/// </summary>
internal sealed partial class VerifierLog
{
    private static readonly string[] Statistics =
        ["processed ", "verification time ", "stack depth ", "peak_states ", "insns processed", "max_states_per_insn ", "total_states "];

    /// <summary>Lines on how the verifier got there: they stand between an instruction and the complaint about it, or after the complaint.</summary>
    private static readonly string[] Remarks =
    [
        "mark_precise:", "last_idx ", "regs=", "parent ", "propagating", "returning from callee", "to caller at ", "caller:", "callee:", "func#", "Func#", "Validating ",
        "cur state:", "old state:", "Live regs ", "stack=",
    ];

    private VerifierLog(string text, int? instruction, IReadOnlyList<string> complaint, string? sourceText, string? sourceLocation)
    {
        Text = text;
        Instruction = instruction;
        Complaint = complaint;
        SourceText = sourceText;
        SourceLocation = sourceLocation;
    }

    /// <summary>The whole log.</summary>
    public string Text { get; }

    /// <summary>The slot of the refused instruction, when the log tells.</summary>
    public int? Instruction { get; }

    /// <summary>What the verifier said at the end, line by line, without statistics and without remarks on how it got there.</summary>
    public IReadOnlyList<string> Complaint { get; }

    /// <summary>The last line of C source that the log shows before the complaint.</summary>
    public string? SourceText { get; }

    /// <summary>Its place, as <c>file.c:12</c>, where the kernel tells (6.8 and later).</summary>
    public string? SourceLocation { get; }

    public static VerifierLog Parse(string text)
    {
        int? current = null;
        string? sourceText = null;
        string? sourceLocation = null;
        var complaint = new List<string>();
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            string line = raw.Trim().ToString();
            if (line.Length == 0 || StartsWithAny(line, Statistics))
            {
                continue;
            }

            if (line[0] == ';')
            {
                (sourceText, sourceLocation) = ReadSource(line);
            }
            else if (InstructionLine().Match(line) is { Success: true } instruction)
            {
                current = ParseSlot(instruction.Groups[1].ValueSpan);
                complaint.Clear(); // It was said about an earlier one, and the verifier went on.
            }
            else if (!IsRemark(line))
            {
                complaint.Add(line);
            }
        }

        return new VerifierLog(text, FindNamedInstruction(complaint) ?? current, complaint, sourceText, sourceLocation);
    }

    /// <summary>Some complaints, those from before the walk above all, name the instruction themselves.</summary>
    private static int? FindNamedInstruction(List<string> complaint)
    {
        foreach (string line in complaint)
        {
            if (NamedInstruction().Match(line) is { Success: true } named)
            {
                return ParseSlot(named.Groups[1].ValueSpan);
            }
        }

        return null;
    }

    /// <summary>"; return data[12]; @ drop.c:42", or without the place on older kernels.</summary>
    private static (string? Text, string? Location) ReadSource(string line)
    {
        string comment = line[1..].Trim();
        Match place = SourcePlace().Match(comment);
        return place.Success ? (comment[..place.Index].Trim(), place.Groups[1].Value) : (comment, null);
    }

    private static bool IsRemark(string line) => StateLine().IsMatch(line) || StartsWithAny(line, Remarks);

    private static bool StartsWithAny(string line, string[] starts)
    {
        foreach (string start in starts)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static int? ParseSlot(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int slot) ? slot : null;

    /// <summary>"12: (71) r0 = *(u8 *)(r1 +12)".</summary>
    [GeneratedRegex(@"^(\d+): ?\([0-9a-f]{2}\)", RegexOptions.CultureInvariant)]
    private static partial Regex InstructionLine();

    /// <summary>"12: R1=ctx() R10=fp0", "R1=ctx() R10=fp0", "from 3 to 5: R0=1", "7: frame1: R1=…".</summary>
    [GeneratedRegex(@"^((from )?\d+( to \d+)?:? ?(safe|frame\d+|\(?R\d+|$)|(frame\d+:? )?R\d+(_\w+)?=)", RegexOptions.CultureInvariant)]
    private static partial Regex StateLine();

    [GeneratedRegex(@"(?:unreachable|at|from|back-edge from) insn (\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex NamedInstruction();

    [GeneratedRegex(@"@ (\S+:\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex SourcePlace();
}

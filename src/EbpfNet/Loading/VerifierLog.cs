using System.Globalization;
using System.Text.RegularExpressions;

namespace EbpfNet.Loading;

/// <summary>
/// What the verifier's log says about a refusal: which instruction, and with which words. The log is meant for people and its form changes
/// between kernels, so that nothing here insists on one: what is not recognised is taken as a message.
/// </summary>
internal sealed partial class VerifierLog
{
    /// <summary>Lines on how the verifier got there: they stand between an instruction and the complaint about it, or after the complaint.</summary>
    private static readonly string[] Remarks =
    [
        "mark_precise:", "last_idx ", "regs=", "parent ", "propagating", "returning from callee", "to caller at ", "caller:", "callee:", "func#", "Func#", "Validating ",
        "cur state:", "old state:", "Live regs ", "stack=",

        // Said of types that some checks do without.
        "arg#0 type is not", "Unrecognized arg#", "reg type unsupported for arg#", "arg#0 reference type(", "func '", "Global function ",
    ];

    private VerifierLog(string text, int? instruction, IReadOnlyList<string> complaint, string? sourceText, string? sourceLocation, bool hasEnd, bool hasText)
    {
        Text = text;
        Instruction = instruction;
        Complaint = complaint;
        SourceText = sourceText;
        SourceLocation = sourceLocation;
        HasEnd = hasEnd;
        HasText = hasText;
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

    /// <summary>Whether the log has its last lines, those on how much work it was: a log that is cut may lack them.</summary>
    public bool HasEnd { get; }

    /// <summary>Whether there is anything else than those.</summary>
    public bool HasText { get; }

    public static VerifierLog Parse(string text)
    {
        int? current = null;
        string? sourceText = null;
        string? sourceLocation = null;
        bool hasEnd = false;
        bool hasText = false;
        var complaint = new List<string>();
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            string line = raw.Trim().ToString();
            if (line.Length == 0)
            {
                continue;
            }

            hasEnd = Statistics().IsMatch(line);
            if (hasEnd)
            {
                continue;
            }

            if (StatisticsAfterText().Match(line) is { Success: true } statistics)
            {
                (line, hasEnd) = (line[..statistics.Index], true); // Some messages lack the end of the line.
            }

            hasText = true;

            if (line[0] == ';' || line.StartsWith("//", StringComparison.Ordinal))
            {
                (sourceText, sourceLocation) = ReadSource(line);
            }
            else if (FindInstruction(line) is { } slot)
            {
                current = slot;
                complaint.Clear(); // It was said about an earlier one, and the verifier went on.
            }
            else if (!IsRemark(line))
            {
                complaint.Add(line);
            }
        }

        return new VerifierLog(text, FindNamedInstruction(complaint) ?? current, complaint, sourceText, sourceLocation, hasEnd, hasText);
    }

    private static int? FindInstruction(string line)
    {
        Match match = InstructionLine().Match(line);
        match = match.Success ? match : DisassembledLine().Match(line);
        return match.Success ? ParseSlot(match.Groups["slot"].ValueSpan) : null;
    }

    /// <summary>Some complaints, those from before the walk above all, name the instruction themselves.</summary>
    private static int? FindNamedInstruction(List<string> complaint)
    {
        foreach (string line in complaint)
        {
            if (NamedInstruction().Match(line) is { Success: true } named)
            {
                return ParseSlot(named.Groups["slot"].ValueSpan);
            }
        }

        return null;
    }

    /// <summary>"; return data[12]; @ drop.c:42", or without the place on older kernels.</summary>
    private static (string? Text, string? Location) ReadSource(string line)
    {
        string comment = line.TrimStart(';', '/').Trim();
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

    /// <summary>"12: (71) r0 = *(u8 *)(r1 +12)": a number and an opcode, whatever stands around them.</summary>
    [GeneratedRegex(@"^(insn|instruction)?[\s#\[(]*(?<slot>\d+)[\])]?\s*:?\s*[(\[<][0-9a-f]{2}[)\]>]", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex InstructionLine();

    /// <summary>A number and what can only be a disassembled instruction: "12: r0 = *(u8 *)(r1 +12)", "insn 3 | if w1 != 0x0 goto pc+3".</summary>
    [GeneratedRegex(@"^(insn|instruction)?[\s#\[(]*(?<slot>\d+)[\s\]):|>-]+(([0-9a-f]{2}|[0-9a-f]{16}):?\s+)?([rw]\d+ (s?[-+*/&|^%<>]+)?= |\*\([us]\d+ \*\)\s*\(|if [rw]\d+ |(goto(l|x|_or_nop)?|may_goto) |call (pc[-+]\d|\w+#-?\d)|lock \*\(|exit\s*($|;))", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex DisassembledLine();

    /// <summary>"12: R1=ctx() R10=fp0", "R1=ctx() R10=fp0", "from 3 to 5: R0=1", "7: frame1: R1=…", "{R1: ctx, R10: fp0}".</summary>
    [GeneratedRegex(@"^(from \d+ to \d+\s*:?\s*(safe\b|frame\d+|$)|((from \d+ to )?\d+\s*:?\s*)?(frame\d+\s*:?\s*)?[{(\[]?\s*R\d+(_\w+)?\s?[=:]|\d+:?\s*(safe\b|$))", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex StateLine();

    /// <summary>"processed 12 insns (limit 1000000) max_states_per_insn 0 …", "verification time 100 usec", "stack depth 16+8"; the complaint "BPF program is too large. Processed …" starts otherwise.</summary>
    [GeneratedRegex(@"^(stat\w*:?\s*)?(processed |verified \d|verification time|stack depth|insns processed|(peak|total|max)_states|mark_read)", RegexOptions.CultureInvariant)]
    private static partial Regex Statistics();

    [GeneratedRegex(@"(?<=\S)processed \d+ insns \(limit ", RegexOptions.CultureInvariant)]
    private static partial Regex StatisticsAfterText();

    /// <summary>"unreachable insn 5", "infinite loop detected at insn 2", "at instruction #7", "insn_idx=7".</summary>
    [GeneratedRegex(@"\b(insn|instruction|insn_idx)\s?[#=:]?\s?(?<slot>\d+)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex NamedInstruction();

    [GeneratedRegex(@"@ (\S+:\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex SourcePlace();
}

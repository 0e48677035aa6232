using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Loading;

/// <summary>A way in which some kernel to come might write the verifier's log: other marks around the same facts.</summary>
internal sealed partial record LogForm(int Instruction, int State, int Statistics, int Indentation)
{
    /// <summary>What stands for "12: (71) r0 = …", of the number, the opcode and the rest.</summary>
    private static readonly Func<string, string, string, string>[] Instructions =
    [
        (number, opcode, text) => $"{number}: ({opcode}) {text}",
        (number, opcode, text) => $"{number,5}: ({opcode}) {text}",
        (number, opcode, text) => $"insn {number}: ({opcode}) {text}",
        (number, opcode, text) => $"[{number}] ({opcode}) {text}",
        (number, opcode, text) => $"#{number} <{opcode}> {text}",
        (number, opcode, text) => $"{number}: [{opcode}] {text}",
        (number, _, text) => $"{number}: {text}",
        (number, _, text) => $"insn {number} | {text}",
        (number, opcode, text) => $"{number}: {opcode} {text}",
        (number, opcode, text) => $"{number}: {opcode}00000000000000 {text}",
    ];

    private static readonly Func<string, string>[] States =
    [
        line => line,
        line => Register().Replace(line, "R$1: "),
        line => "{" + Register().Replace(line, "R$1: ") + "}",
        _ => "",
        line => line.ToLowerInvariant(),
    ];

    private static readonly Func<string, string>[] Endings =
    [
        line => line,
        _ => "",
        _ => "verified 17 instructions in 12 usec",
        line => "stats: " + line,
        line => line + "\nstack depth 16+0\ntotal_states 12",
    ];

    public static Gen<LogForm> Generator =>
        from instruction in Gen.Choose(0, Instructions.Length - 1)
        from state in Gen.Choose(0, States.Length - 1)
        from ending in Gen.Choose(0, Endings.Length - 1)
        from indentation in Gen.Choose(0, 4)
        select new LogForm(instruction, state, ending, indentation);

    public string Rewrite(string log) => string.Join('\n', log.Split('\n').Select(line => line.Length == 0 ? line : new string(' ', Indentation) + RewriteLine(line)));

    private string RewriteLine(string line)
    {
        if (InstructionLine().Match(line) is { Success: true } match)
        {
            // What is known of the registers may follow behind a semicolon.
            string text = State == 3 ? match.Groups[3].Value.Split(" ; ")[0].TrimEnd() : match.Groups[3].Value;
            return Instructions[Instruction](match.Groups[1].Value, match.Groups[2].Value, text);
        }

        return line.StartsWith("processed ", StringComparison.Ordinal) ? Endings[Statistics](line)
            : StateLine().IsMatch(line) ? States[State](line)
            : line;
    }

    [GeneratedRegex(@"^(\d+): \(([0-9a-f]{2})\) (.*)$")]
    private static partial Regex InstructionLine();

    [GeneratedRegex(@"^(\d+: )? ?R\d+(_\w+)?=")]
    private static partial Regex StateLine();

    [GeneratedRegex(@"R(\d+)(_\w+)?=")]
    private static partial Regex Register();
}

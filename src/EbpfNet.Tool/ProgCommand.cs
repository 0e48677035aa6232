using System.CommandLine;
using EbpfNet.Tool.Inspect;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet prog dump</c>: the code of a program.</summary>
internal static class ProgCommand
{
    internal static Command Create() => new("prog", "Looks into programs.")
    {
        CreateDump(),
    };

    private static Command CreateDump()
    {
        // What is not said is xlated.
        Command dump = Create("dump", "Shows a program's code as the kernel keeps it: the instructions as the verifier left them, unless 'jited' asks for the machine code.", "xlated", DumpXlated);
        dump.Subcommands.Add(Create("xlated", "The instructions as the verifier left them, with the names of maps and functions.", "xlated", DumpXlated));
        dump.Subcommands.Add(Create("jited", "The machine code, in hexadecimal.", "jited", (program, withSource) => program.DumpJited(withSource)));
        return dump;
    }

    private static string DumpXlated(BpfProgram program, bool withSource) => program.DumpXlated(withSource);

    private static Command Create(string word, string description, string kind, Func<BpfProgram, bool, string> dump)
    {
        Argument<string> reference = Reference.Argument();
        Option<bool> noSource = new("--no-source") { Description = "Without the lines of the source." };
        Option<bool> json = Output.JsonOption();
        Command command = new(word, description) { reference, noSource, json };
        command.SetAction(parsed =>
        {
            using BpfProgram program = Reference.OpenProgram(parsed.GetValue(reference)!);
            string text = dump(program, !parsed.GetValue(noSource));
            Console.Out.Write(parsed.GetValue(json)
                ? new Facts().Add("kind", kind).Add("id", program.Id).Add("name", program.Name).Add("lines", text.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToJson() + '\n'
                : text);
            return CommandLine.Success;
        });
        return command;
    }
}

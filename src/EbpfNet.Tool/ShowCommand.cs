using System.CommandLine;
using EbpfNet.Tool.Inspect;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet show</c>: all that is known of one program, map, link or BTF.</summary>
internal static class ShowCommand
{
    internal static Command Create() => new("show", "Shows all that the kernel tells about one program, map, link or BTF.")
    {
        Create("prog", "A program.", Reference.OpenProgram, ProgramFacts.Of),
        Create("map", "A map. 'ebpfnet map dump' shows its elements.", Reference.OpenMap, MapFacts.Of),
        Create("link", "A link.", Reference.OpenLink, LinkFacts.Of),
        Create("btf", "Types, by id.", Reference.OpenBtf, (types, around) => BtfFacts.AddTypes(BtfFacts.Of(types, around), types)),
    };

    private static Command Create<T>(string word, string description, Func<string, T> open, Func<T, Surroundings, Facts> look)
        where T : IDisposable
    {
        Argument<string> reference = Reference.Argument();
        Option<bool> json = Output.JsonOption();
        Command show = new(word, description) { reference, json };
        show.SetAction(parsed =>
        {
            using T one = open(parsed.GetValue(reference)!);
            Output.Write(look(one, new Surroundings()), parsed.GetValue(json));
            return CommandLine.Success;
        });
        return show;
    }
}

using System.CommandLine;
using EbpfNet.Tool.Inspect;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet map dump</c>: the elements of a map.</summary>
internal static class MapCommand
{
    internal static Command Create()
    {
        Argument<string> reference = Reference.Argument();
        Option<bool> json = Output.JsonOption();
        Command dump = new("dump", "Shows the elements of a map as its types (BTF) say, or in hexadecimal where it has none. One line for each element, or for each CPU's value of one.") { reference, json };
        dump.SetAction(parsed =>
        {
            using BpfMap map = Reference.OpenMap(parsed.GetValue(reference)!);
            using StreamWriter output = new(Console.OpenStandardOutput(), bufferSize: 1 << 16);
            new MapDump(map).Write(output, parsed.GetValue(json));
            return CommandLine.Success;
        });
        return new Command("map", "Looks into maps.") { dump };
    }
}

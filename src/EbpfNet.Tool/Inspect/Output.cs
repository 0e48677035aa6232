using System.CommandLine;

namespace EbpfNet.Tool.Inspect;

/// <summary>What the commands that look at the machine share in how they answer.</summary>
internal static class Output
{
    internal static Option<bool> JsonOption() => new("--json") { Description = "JSON instead of text: one line for each thing." };

    /// <summary>One thing: a line for each fact, or a line of JSON.</summary>
    internal static void Write(Facts facts, bool asJson) => Console.Out.Write(asJson ? facts.ToJson() + '\n' : facts.ToLines());
}

using System.CommandLine;
using EbpfNet.Tool.Features;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet features</c>: what this kernel can do with BPF.</summary>
internal static class FeaturesCommand
{
    internal static Command Create()
    {
        Option<bool> json = new("--json") { Description = "One line of JSON, for scripts." };
        Option<bool> helpers = new("--helpers") { Description = "Also which helpers the programs of each type may call." };
        Command features = new("features", "Tells what this machine's kernel can do with BPF, by trying it; nothing of that stays.") { json, helpers };
        features.SetAction(parsed =>
        {
            FeatureReport report = FeatureReport.Make(parsed.GetValue(helpers));
            Console.Out.Write(parsed.GetValue(json) ? FeatureJson.Write(report) + "\n" : FeatureTable.Write(report));
            return CommandLine.Success;
        });
        return features;
    }
}

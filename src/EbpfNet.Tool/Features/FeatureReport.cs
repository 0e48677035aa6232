using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet.Tool.Features;

/// <summary>All answers of the kernel's, by group and name; the names are the kernel's in lower case, without what they all begin with.</summary>
/// <param name="Settings">Which kernel it is.</param>
/// <param name="Groups">The groups, in the order of the README.</param>
/// <param name="Helpers">Of each type of program that the kernel has or may have, the helpers; empty where they were not asked for.</param>
internal sealed record FeatureReport(KernelSettings Settings, IReadOnlyList<FeatureGroup> Groups, IReadOnlyList<FeatureGroup> Helpers)
{
    /// <summary>Helpers that leave something behind when they are tried: the kernel's trace_printk event switched on, a warning in its log.</summary>
    private static readonly BpfHelper[] Untried = [BpfHelper.TracePrintk, BpfHelper.TraceVprintk, BpfHelper.ProbeWriteUser];

    internal static FeatureReport Make(bool helpers)
    {
        FeatureGroup programTypes = Make("program_types", Enum.GetValues<BpfProgramType>().Skip(1), NameOf, KernelFeatures.HasProgramType);
        return new FeatureReport(
            KernelSettings.Read(),
            [
                Make("features", Enum.GetValues<KernelFeature>(), feature => ToSnakeCase(feature.ToString()), KernelFeatures.Has),
                programTypes,
                Make("map_types", Enum.GetValues<BpfMapType>().Skip(1), type => Strip(type.CName(), "BPF_MAP_TYPE_"), KernelFeatures.HasMapType),
                Make("attach_types", Enum.GetValues<BpfAttachType>(), type => Strip(type.CName(), "BPF_"), KernelFeatures.HasAttachType),
                Make("link_types", Enum.GetValues<BpfLinkType>().Skip(1), type => Strip(type.CName(), "BPF_LINK_TYPE_"), KernelFeatures.HasLinkType),
                Make("btf_kinds", Enum.GetValues<BtfKind>().Skip(1), kind => ToSnakeCase(kind.ToString()), KernelFeatures.HasBtfKind),
            ],
            helpers ? [.. Enum.GetValues<BpfProgramType>().Skip(1).Where(type => type != BpfProgramType.Ext && !KernelFeatures.HasProgramType(type).IsMissing).Select(MakeHelpers)] : []);
    }

    private static FeatureGroup MakeHelpers(BpfProgramType type) =>
        Make(NameOf(type), Enum.GetValues<BpfHelper>().Skip(1).Except(Untried), helper => Strip(helper.CName(), "bpf_"), helper => KernelFeatures.HasHelper(type, helper));

    private static FeatureGroup Make<T>(string name, IEnumerable<T> items, Func<T, string> nameOf, Func<T, FeatureSupport> ask) =>
        new(name, [.. items.Select(item => (nameOf(item), ask(item)))]);

    private static string NameOf(BpfProgramType type) => Strip(type.CName(), "BPF_PROG_TYPE_");

    private static string Strip(string name, string prefix) => name[prefix.Length..].ToLowerInvariant();

    private static string ToSnakeCase(string name) =>
        string.Concat(name.Select((letter, i) => char.IsUpper(letter) ? $"{(i == 0 ? "" : "_")}{char.ToLowerInvariant(letter)}" : letter.ToString()));
}

/// <summary>Answers that belong together.</summary>
/// <param name="Name">What they are about.</param>
/// <param name="Answers">Their names, and the answers.</param>
internal sealed record FeatureGroup(string Name, IReadOnlyList<(string Name, FeatureSupport Support)> Answers);

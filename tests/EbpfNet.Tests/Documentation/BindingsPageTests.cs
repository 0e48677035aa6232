using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace EbpfNet.Tests.Documentation;

/// <summary>What docs/bindings.md says of project files; that those work is shown by the tests of the package.</summary>
public sealed partial class BindingsPageTests
{
    private static readonly string Page = Repository.Read("docs/bindings.md");

    private static readonly string Targets = Repository.Read("src/EbpfNet/build/EbpfNet.targets");

    [Fact]
    public void Its_project_files_use_what_the_build_knows()
    {
        XElement[] items = [.. Fence().Matches(Page).SelectMany(match => XElement.Parse(match.Groups["text"].Value).DescendantsAndSelf("BpfObject"))];

        Assert.Equal(4, items.Length);
        Assert.All(items.SelectMany(item => item.Attributes()).Where(attribute => attribute.Name != "Include"), attribute => Assert.Contains($"%(_EbpfNetObject.{attribute.Name})", Targets, StringComparison.Ordinal));
    }

    [Fact]
    public void All_codes_of_errors_are_listed()
    {
        IEnumerable<string> sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/EbpfNet.Tool/Generate"), "*.cs").Select(File.ReadAllText).Append(Targets);

        Assert.Equal(sources.SelectMany(Codes).Distinct().Order(), Codes(Page).Distinct().Order());
    }

    private static IEnumerable<string> Codes(string text) => Code().Matches(text).Select(match => match.Value);

    [GeneratedRegex(@"^```xml\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"EBPF\d{4}")]
    private static partial Regex Code();
}

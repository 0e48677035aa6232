using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EbpfNet.Benchmarks;

/// <summary>The table of ratios as Markdown, and its place in a page.</summary>
internal static partial class ResultTable
{
    public static string Write(IReadOnlyList<Result> results, int rounds, int cpu)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Machine()}, .NET {Environment.Version}; {rounds} alternating rounds on CPU {cpu}, ratio = median of the rounds' ratios (95% interval).");
        text.AppendLine();
        string libbpf = Peer.Libbpf is { } peer ? $"C, {peer.Name}" : "C, libbpf (not there)";
        text.AppendLine(CultureInfo.InvariantCulture, $"| work | C, bare calls | {libbpf} | EbpfNet | EbpfNet / bare calls | EbpfNet / libbpf | bound | holds | allocated |");
        text.AppendLine("|---|---:|---:|---:|---:|---:|---:|---|---:|");
        foreach (Result result in results)
        {
            string bound = result.Work.Bound is { } limit ? limit.ToString("≤ 0.00", CultureInfo.InvariantCulture) : "";
            string holds = result.Work.Bound is null ? "" : result.Holds ? "yes" : "**no**";
            Figures figures = result.Figures;
            string allocated = !result.Work.KnowsAllocations ? "" : string.Create(CultureInfo.InvariantCulture, $"{figures.Allocated:0.##} B");
            string remark = figures.Finding is { } finding ? $" ({finding.Remark})" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {result.Work.Name}{remark} | {Show(figures.Raw)} | {Show(figures.Libbpf)} | {Show(figures.EbpfNet)} | {figures.ToRaw} | {figures.ToLibbpf} | {bound} | {holds} | {allocated} |");
        }

        return text.ToString();
    }

    /// <summary>Puts the table between a page's markers; a file without them becomes the table.</summary>
    public static void Save(string file, string table)
    {
        string page = File.Exists(file) ? File.ReadAllText(file) : "";
        Match place = Place().Match(page);
        File.WriteAllText(file, place.Success ? $"{page[..place.Index]}<!-- ratios -->\n{table}<!-- /ratios -->{page[(place.Index + place.Length)..]}" : table);
    }

    private static string Show(double? nanoseconds) => nanoseconds switch
    {
        null => "",
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:G3} ns"),
        < 100_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:F0} ns"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:F2} ms"),
    };

    /// <summary>The kernel, and the processor by the name that it gives itself.</summary>
    private static string Machine()
    {
        string model = File.ReadLines("/proc/cpuinfo").Select(line => line.Split(':', 2)).FirstOrDefault(field => field[0].Trim() == "model name")?[1].Trim() ?? "unnamed processor";
        return $"{Environment.OSVersion.VersionString.Replace("Unix", "Linux", StringComparison.Ordinal)}, {Environment.ProcessorCount} CPUs ({model})";
    }

    [GeneratedRegex("<!-- ratios -->.*?<!-- /ratios -->", RegexOptions.Singleline)]
    private static partial Regex Place();
}

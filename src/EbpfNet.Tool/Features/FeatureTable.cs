using System.Globalization;
using System.Text;

namespace EbpfNet.Tool.Features;

/// <summary>A report for a person: a table for each group, and below all the reasons, each once.</summary>
internal static class FeatureTable
{
    private const int LineLength = 120;

    internal static string Write(FeatureReport report)
    {
        StringBuilder text = new();
        AppendKernel(text, report.Settings);
        List<string> notes = [];
        int width = report.Groups.SelectMany(group => group.Answers).Max(answer => answer.Name.Length);
        foreach (FeatureGroup group in report.Groups)
        {
            text.AppendLine().AppendLine(group.Name.Replace('_', ' ').ToUpperInvariant());
            foreach ((string name, FeatureSupport support) in group.Answers)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {name.PadRight(width)}  {Say(support)}{Note(notes, support)}");
            }
        }

        if (report.Helpers.Count > 0)
        {
            text.AppendLine().AppendLine("HELPERS");
            foreach (FeatureGroup group in report.Helpers)
            {
                AppendHelpers(text, group, notes);
            }
        }

        for (int i = 0; i < notes.Count; i++)
        {
            text.Append(i == 0 ? "\n" : "").AppendLine(CultureInfo.InvariantCulture, $"[{i + 1}] {notes[i]}.");
        }

        return text.ToString();
    }

    private static void AppendKernel(StringBuilder text, KernelSettings settings)
    {
        (string Name, string? Value)[] rows =
        [
            ("release", settings.Release),
            ("version", settings.Version.ToString()),
            ("JIT compiler", settings.UsesJit switch { true => settings.HardensJit == true ? "on, hardened" : "on", false => "off", _ => null }),
            ("BPF without capabilities", settings.AllowsUnprivileged switch { true => "allowed", false => "refused", _ => null }),
            ("lockdown", settings.Lockdown?.ToString().ToLowerInvariant()),
            ("security modules", settings.SecurityModules is { } modules ? string.Join(", ", modules) : null),
            ("statistics", settings.CollectsStatistics switch { true => "on", false => "off", _ => null }),
        ];
        text.AppendLine("KERNEL");
        foreach ((string name, string? value) in rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {name.PadRight(rows.Max(row => row.Name.Length))}  {value ?? "not told"}");
        }
    }

    private static string Say(FeatureSupport support) => support.State switch
    {
        FeatureState.Present => "yes",
        FeatureState.Missing => "no",
        _ => "not known",
    };

    private static string Note(List<string> notes, FeatureSupport support)
    {
        if (support.Reason is not { } reason)
        {
            return "";
        }

        int number = notes.IndexOf(reason);
        if (number < 0)
        {
            number = notes.Count;
            notes.Add(reason);
        }

        return string.Create(CultureInfo.InvariantCulture, $" [{number + 1}]");
    }

    /// <summary>Those that may be called, and those that are not known, in lines that break between names.</summary>
    private static void AppendHelpers(StringBuilder text, FeatureGroup group, List<string> notes)
    {
        foreach (IGrouping<(FeatureState State, string? Reason), (string Name, FeatureSupport Support)> same in
            group.Answers.Where(answer => !answer.Support.IsMissing).GroupBy(answer => (answer.Support.State, answer.Support.Reason)))
        {
            FeatureSupport support = same.First().Support;
            string head = support.IsPresent ? group.Name : $"{group.Name}, {Say(support)}{Note(notes, support)}";
            text.AppendLine(CultureInfo.InvariantCulture, $"  {head} ({same.Count()}):");
            StringBuilder line = new("   ");
            foreach ((string name, _) in same)
            {
                if (line.Length + 1 + name.Length > LineLength)
                {
                    text.AppendLine(line.ToString());
                    line.Clear().Append("   ");
                }

                line.Append(' ').Append(name);
            }

            text.AppendLine(line.ToString());
        }
    }
}

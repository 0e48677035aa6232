using System.Globalization;
using System.Text;

namespace EbpfNet.Tool.Check;

/// <summary>Reports for a person: a table, and below it the reasons of what did not go well.</summary>
internal static class ReportTable
{
    private static readonly string[] Heads = ["OBJECT", "OPEN", "LOAD", "PROGRAMS"];

    internal static string Write(IReadOnlyList<ObjectReport> reports)
    {
        string[][] rows = [Heads, .. reports.Select(report => (string[])[report.Path, report.Open!, report.LoadAll!, CountPrograms(report)])];
        int[] widths = [.. Enumerable.Range(0, Heads.Length).Select(column => rows.Max(row => row[column].Length))];
        StringBuilder text = new();
        foreach (string[] row in rows)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        foreach (ObjectReport report in reports)
        {
            Explain(text, report);
        }

        return text.ToString();
    }

    private static string CountPrograms(ObjectReport report)
    {
        if (report.LoadEach.Count > 0)
        {
            int loaded = report.LoadEach.Values.Count(verdict => verdict == Verdict.Ok);
            return string.Create(CultureInfo.InvariantCulture, $"{loaded} of {report.LoadEach.Count} alone");
        }

        int wanted = report.Programs.Values.Count(program => program.AutoLoad);
        string off = wanted == report.Programs.Count ? "" : string.Create(CultureInfo.InvariantCulture, $", {report.Programs.Count - wanted} off");
        return string.Create(CultureInfo.InvariantCulture, $"{wanted}{off}");
    }

    private static void Explain(StringBuilder text, ObjectReport report)
    {
        // One cause has one paragraph, whatever failed of it.
        IGrouping<string, string>[] reasons = [.. report.Reasons.GroupBy(reason => reason.Reason, reason => reason.What)];
        if (reasons.Length == 0 && report.Missing.Count == 0)
        {
            return;
        }

        text.AppendLine().AppendLine($"{report.Path}:");
        foreach (IGrouping<string, string> reason in reasons)
        {
            AppendIndented(text, $"{string.Join(", ", reason)}: {reason.Key}");
        }

        foreach (string missing in report.Missing)
        {
            AppendIndented(text, $"not in the given kernel types (harmless where the program asks first): {missing}");
        }
    }

    private static void AppendIndented(StringBuilder text, string paragraph)
    {
        foreach (string line in paragraph.Split('\n'))
        {
            text.AppendLine($"  {line.TrimEnd()}");
        }
    }
}

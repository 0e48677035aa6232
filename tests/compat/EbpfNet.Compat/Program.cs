using System.Globalization;
using EbpfNet.Compat;

// EbpfNet.Compat LIBBPF.jsonl EBPFNET.jsonl [KNOWN]: where the two differ, and the sums. KNOWN is a file of differences that are explained: what each line begins with
// is not counted. Exit code 1 when libbpf opens or loads something that EbpfNet does not, or the instructions differ.
if (args is not [var theirFile, var ourFile, ..])
{
    Console.Error.WriteLine("usage: EbpfNet.Compat LIBBPF.jsonl EBPFNET.jsonl [KNOWN]");
    return 2;
}

Dictionary<string, ObjectLine> theirs = ObjectLine.ReadFile(theirFile);
Dictionary<string, ObjectLine> ours = ObjectLine.ReadFile(ourFile);
string[] known = args.Length < 3 ? [] : [.. File.ReadLines(args[2]).Where(line => line.Length > 0 && line[0] != '#')];
Comparison comparison = new();
foreach ((string path, ObjectLine their) in theirs)
{
    if (!ours.TryGetValue(path, out ObjectLine? our))
    {
        Console.Error.WriteLine($"EbpfNet.Compat: {ourFile} has no line for {path}");
        return 2;
    }

    comparison.Add(their, our);
}

int unexplained = 0;
foreach ((Difference kind, string text) in comparison.Differences.OrderBy(difference => difference.Kind))
{
    bool isKnown = known.Any(line => text.StartsWith(line, StringComparison.Ordinal));
    unexplained += kind is Difference.Lost or Difference.Instructions && !isKnown ? 1 : 0;
    Console.WriteLine($"{kind.ToString().ToLowerInvariant(),-13}{text}{(isKnown ? " [explained]" : "")}");
}

Console.WriteLine($"""

    objects                     {comparison.Objects,6}
      opened                    {Sides(comparison.Opened)}
      loaded as a whole         {Sides(comparison.LoadedWhole)}
    programs                    {comparison.Programs,6}
      loaded alone              {Sides(comparison.Loaded)}
      submitted by libbpf       {Share(comparison.Submitted)}
      loaded by libbpf          {Share(comparison.SubmittedAndLoaded)}
    only libbpf opens or loads  {comparison.Count(Difference.Lost),6}
    only EbpfNet does           {comparison.Count(Difference.Gained),6}
    not explained               {unexplained,6}
    """);
return unexplained == 0 ? 0 : 1;

static string Sides((int Theirs, int Ours) count) => $"{count.Theirs,6} by libbpf, {count.Ours} by EbpfNet";

static string Share((int Of, int Equal) count) =>
    string.Create(CultureInfo.InvariantCulture, $"{count.Of,6}, of these with equal instructions {count.Equal}: {(count.Of == 0 ? 100 : 100.0 * count.Equal / count.Of):F2}%");

namespace EbpfNet.Compat;

/// <summary>How grave a difference is.</summary>
internal enum Difference
{
    /// <summary>libbpf opens or loads it, EbpfNet does not.</summary>
    Lost,

    /// <summary>Both give the kernel a program, but not the same.</summary>
    Instructions,

    /// <summary>EbpfNet opens or loads it, libbpf does not.</summary>
    Gained,

    /// <summary>Neither does, for different reasons; or both do, under another section or type.</summary>
    Other,
}

/// <summary>Sets what two loaders made of the same objects side by side.</summary>
internal sealed class Comparison
{
    private readonly List<(Difference Kind, string Text)> _differences = [];

    internal IReadOnlyList<(Difference Kind, string Text)> Differences => _differences;

    internal int Objects { get; private set; }

    internal (int Theirs, int Ours) Opened { get; private set; }

    /// <summary>Objects of which everything that is loaded by default was loaded.</summary>
    internal (int Theirs, int Ours) LoadedWhole { get; private set; }

    internal int Programs { get; private set; }

    /// <summary>Programs that loaded alone.</summary>
    internal (int Theirs, int Ours) Loaded { get; private set; }

    /// <summary>Programs that libbpf gave the kernel, and how many of them EbpfNet gave it with the same instructions.</summary>
    internal (int Of, int Equal) Submitted { get; private set; }

    /// <summary>The same for those that libbpf loaded.</summary>
    internal (int Of, int Equal) SubmittedAndLoaded { get; private set; }

    internal int Count(Difference kind) => _differences.Count(difference => difference.Kind == kind);

    internal void Add(ObjectLine theirs, ObjectLine ours)
    {
        string name = Path.GetFileName(theirs.Object);
        Objects++;
        Opened = Advance(Opened, theirs.Open, ours.Open);
        Compare(name, "open", theirs.Open, ours.Open, ours.Error);
        LoadedWhole = Advance(LoadedWhole, theirs.LoadAll, ours.LoadAll);
        if (theirs.Open != ObjectLine.Ok)
        {
            int ok = ours.LoadEach.Values.Count(verdict => verdict == ObjectLine.Ok);
            Programs += ours.LoadEach.Count;
            Loaded = (Loaded.Theirs, Loaded.Ours + ok);
            return;
        }

        Compare(name, "load all", theirs.LoadAll, ours.LoadAll, ours.Error);
        foreach ((string program, string verdict) in theirs.LoadEach)
        {
            Programs++;
            string our = ours.LoadEach.GetValueOrDefault(program, "absent");
            Loaded = Advance(Loaded, verdict, our);
            Compare(name, program, verdict, our, null);
            Compare(name, program, verdict == ObjectLine.Ok, theirs.Programs[program], ours.Programs.GetValueOrDefault(program));
        }

        foreach (string program in ours.Programs.Keys.Where(program => !theirs.Programs.ContainsKey(program)))
        {
            _differences.Add((Difference.Other, $"{name} {program}: libbpf has no such program"));
        }
    }

    private static (int Theirs, int Ours) Advance((int Theirs, int Ours) count, string theirs, string ours) =>
        (count.Theirs + (theirs == ObjectLine.Ok ? 1 : 0), count.Ours + (ours == ObjectLine.Ok ? 1 : 0));

    private void Compare(string name, string what, string theirs, string ours, string? reason)
    {
        if (theirs == ours)
        {
            return;
        }

        Difference kind = theirs == ObjectLine.Ok ? Difference.Lost : ours == ObjectLine.Ok ? Difference.Gained : Difference.Other;
        string because = reason is null || kind == Difference.Gained ? "" : $" ({reason.Split('\n')[0]})";
        _differences.Add((kind, $"{name} {what}: libbpf {theirs}, EbpfNet {ours}{because}"));
    }

    private void Compare(string name, string program, bool loads, SubmittedProgram theirs, SubmittedProgram? ours)
    {
        if (ours is not null && (theirs.Section, theirs.Type) != (ours.Section, ours.Type))
        {
            _differences.Add((Difference.Other, $"{name} {program}: libbpf {theirs.Section} {theirs.Type}, EbpfNet {ours.Section} {ours.Type}"));
        }

        if (theirs.Fingerprint is null)
        {
            return;
        }

        int equal = theirs.Fingerprint == ours?.Fingerprint ? 1 : 0;
        Submitted = (Submitted.Of + 1, Submitted.Equal + equal);
        SubmittedAndLoaded = loads ? (SubmittedAndLoaded.Of + 1, SubmittedAndLoaded.Equal + equal) : SubmittedAndLoaded;
        if (equal == 0)
        {
            string our = ours?.Instructions is { } count ? $"EbpfNet {count}" : "not submitted by EbpfNet";
            _differences.Add((Difference.Instructions, $"{name} {program}: instructions differ: libbpf {theirs.Instructions}, {our}"));
        }
    }
}

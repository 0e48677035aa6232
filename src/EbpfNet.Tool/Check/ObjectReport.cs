namespace EbpfNet.Tool.Check;

/// <summary>What is known of one object. Verdicts are single words: <see cref="Verdict"/>.</summary>
/// <param name="path">The object, as it was named.</param>
internal sealed class ObjectReport(string path)
{
    private readonly List<string> _missing = [];
    private bool _isDone;

    public string Path => path;

    public string? Open { get; private set; }

    public string? LoadAll { get; private set; }

    /// <summary>The verdict of each program loaded alone, in the object's order; empty when that was not asked for.</summary>
    public Dictionary<string, string> LoadEach { get; } = [];

    public Dictionary<string, ProgramReport> Programs { get; } = [];

    /// <summary>Why: what was tried, and the sentences.</summary>
    public List<(string What, string Reason)> Reasons { get; } = [];

    /// <summary>What the given kernel types lack, in sentences.</summary>
    public IReadOnlyList<string> Missing => _missing;

    /// <summary>Whether all went well that was tried.</summary>
    public bool Loads => Open == Verdict.Ok && LoadAll == Verdict.Ok && LoadEach.Values.All(verdict => verdict == Verdict.Ok);

    /// <summary>Adds what the trial told.</summary>
    public void Add(TrialStep step)
    {
        switch (step.Kind)
        {
            case StepKind.Open:
                Open = step.Verdict;
                LoadAll = step.Verdict == Verdict.Ok ? null : step.Verdict; // What cannot be read cannot be loaded.
                Explain("open", step);
                break;
            case StepKind.Program:
                Programs[step.Program!] = new ProgramReport(step.Section!, step.Type!, step.AutoLoad);
                break;
            case StepKind.Submitted:
                Programs[step.Program!] = Programs[step.Program!] with { Instructions = step.Instructions, Fingerprint = step.Fingerprint };
                break;
            case StepKind.LoadAll:
                LoadAll = step.Verdict;
                Explain("load", step);
                break;
            case StepKind.LoadOne:
                LoadEach[step.Program!] = step.Verdict!;
                Explain($"load '{step.Program}' alone", step);
                break;
            case StepKind.Missing:
                _missing.Add(step.Reason!);
                break;
            default:
                _isDone = true;
                break;
        }
    }

    /// <summary>Gives what the trial did not get to the verdict that it ended with.</summary>
    /// <param name="verdict">How the trial ended, if it did not come to its end.</param>
    /// <param name="reason">The sentence.</param>
    /// <param name="each">Whether every program was to be loaded alone.</param>
    public void Complete(string verdict, string reason, bool each)
    {
        if (_isDone)
        {
            return;
        }

        string during = Open is null ? "open" : LoadAll is null ? "load" : Programs.Keys.FirstOrDefault(name => !LoadEach.ContainsKey(name)) is { } program ? $"load '{program}' alone" : "end";
        Reasons.Add((during, reason));
        Open ??= verdict;
        LoadAll ??= verdict;
        if (each)
        {
            foreach (string name in Programs.Keys)
            {
                LoadEach.TryAdd(name, verdict);
            }
        }
    }

    private void Explain(string what, TrialStep step)
    {
        if (step.Reason is not null)
        {
            Reasons.Add((what, step.Reason));
        }
    }
}

/// <summary>What is known of one program.</summary>
/// <param name="Section">Its section.</param>
/// <param name="Type">Its type, as bpftool calls it.</param>
/// <param name="AutoLoad">Whether loading the object loads it.</param>
/// <param name="Instructions">How many slots the kernel was given; <see langword="null"/> when it did not get that far.</param>
/// <param name="Fingerprint">The hash of them.</param>
internal sealed record ProgramReport(string Section, string Type, bool AutoLoad, int? Instructions = null, string? Fingerprint = null);

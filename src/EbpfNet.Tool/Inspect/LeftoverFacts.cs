namespace EbpfNet.Tool.Inspect;

/// <summary>What processes have left behind because no file descriptor held it: probes in tracefs.</summary>
internal static class LeftoverFacts
{
    internal static readonly string[] Columns = ["name", "definition", "process", "process_runs"];

    internal static IEnumerable<Facts> All() => LeftoverProbe.FindAll().Select(probe => new Facts()
        .Add("kind", "leftover")
        .Add("name", probe.Name)
        .Add("definition", probe.Definition)
        .Add("process", probe.ProcessId)
        .Add("process_runs", probe.IsOwnerRunning));
}

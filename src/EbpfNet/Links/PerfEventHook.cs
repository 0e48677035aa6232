namespace EbpfNet;

/// <summary>What a program on a perf event watches (<c>enum bpf_perf_event_type</c>).</summary>
public enum PerfEventHook
{
    /// <summary>Not told: by a kernel before 6.6, of a link that was opened.</summary>
    Unspecified = 0,

    /// <summary>A function of a program or library is entered. <c>BPF_PERF_EVENT_UPROBE</c>.</summary>
    Uprobe = 1,

    /// <summary>A function of a program or library returns. <c>BPF_PERF_EVENT_URETPROBE</c>.</summary>
    Uretprobe = 2,

    /// <summary>A function of the kernel is entered. <c>BPF_PERF_EVENT_KPROBE</c>.</summary>
    Kprobe = 3,

    /// <summary>A function of the kernel returns. <c>BPF_PERF_EVENT_KRETPROBE</c>.</summary>
    Kretprobe = 4,

    /// <summary>A tracepoint. <c>BPF_PERF_EVENT_TRACEPOINT</c>.</summary>
    Tracepoint = 5,

    /// <summary>A counter of the machine's or the kernel's has gone on by a number. <c>BPF_PERF_EVENT_EVENT</c>.</summary>
    Sampling = 6,
}

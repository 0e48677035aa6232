namespace EbpfNet;

/// <summary>How the kernel keeps a tc program on an interface.</summary>
public enum TcMechanism
{
    /// <summary>tcx where the kernel has it, else a filter.</summary>
    Auto = 0,

    /// <summary>The interface's own list of programs, which runs before all filters (tcx; Linux 6.6).</summary>
    Tcx = 1,

    /// <summary>A filter of the queueing discipline <c>clsact</c>: <c>cls_bpf</c> with direct action (Linux 4.5).</summary>
    Filter = 2,
}

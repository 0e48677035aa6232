namespace EbpfNet;

/// <summary>What an iterator goes through, for those that can be told: of the members one at most is set.</summary>
public sealed record IteratorOptions
{
    /// <summary>The map whose elements, or the sockets with storage in it, are gone through (<c>bpf_map_elem</c>, <c>bpf_sk_storage_map</c>, Linux 5.9; <c>sockmap</c>, 5.10): those iterators need it.</summary>
    public BpfMap? Map { get; init; }

    /// <summary>The thread that is looked at, for <c>task</c>, <c>task_file</c> and <c>task_vma</c> (Linux 6.1); 0, the default, for all.</summary>
    public int ThreadId { get; init; }

    /// <summary>The process whose threads are gone through, for <c>task</c>, <c>task_file</c> and <c>task_vma</c> (Linux 6.1); 0, the default, for all.</summary>
    public int ProcessId { get; init; }

    /// <summary>The same by a handle, which means the same process even when its number is given out again.</summary>
    public BpfTask? Process { get; init; }

    /// <summary>The control group that is started from, for <c>cgroup</c> (Linux 6.1), which needs it.</summary>
    public BpfCgroup? Cgroup { get; init; }

    /// <summary>Which control groups are gone through from <see cref="Cgroup"/>.</summary>
    public CgroupOrder CgroupOrder { get; init; } = CgroupOrder.DescendantsFirstParent;
}

/// <summary>Which control groups an iterator goes through (<c>enum bpf_cgroup_iter_order</c>).</summary>
public enum CgroupOrder
{
    /// <summary>The one alone.</summary>
    Self = 1,

    /// <summary>It and all below it, each before those below itself.</summary>
    DescendantsFirstParent = 2,

    /// <summary>It and all below it, each behind those below itself.</summary>
    DescendantsFirstChild = 3,

    /// <summary>It and all above it, upwards.</summary>
    Ancestors = 4,
}

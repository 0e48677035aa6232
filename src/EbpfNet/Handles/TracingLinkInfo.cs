using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program on a kernel function, an LSM hook, a BTF tracepoint or another program's function (<c>BPF_LINK_TYPE_TRACING</c>; Linux 5.7).</summary>
public sealed record TracingLinkInfo : BpfLinkInfo
{
    internal TracingLinkInfo(in LinkInfoData info)
        : base(info)
    {
        AttachType = info.TracingAttachType;
        TargetObjectId = info.TracingTargetObjectId;
        TargetBtfId = info.TracingTargetBtfId;
        Cookie = info.TracingCookie;
    }

    /// <summary>The hook (<c>attach_type</c>).</summary>
    public BpfAttachType AttachType { get; }

    /// <summary>The id of the BTF that the target is in, or of the program that it is part of (<c>target_obj_id</c>; Linux 5.13).</summary>
    public uint TargetObjectId { get; }

    /// <summary>The target's type in that BTF (<c>target_btf_id</c>; Linux 5.13).</summary>
    public uint TargetBtfId { get; }

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c> (<c>cookie</c>; Linux 6.17).</summary>
    public ulong Cookie { get; }

    /// <inheritdoc/>
    public override string Target => string.Create(CultureInfo.InvariantCulture, $"type {TargetBtfId} of {(TargetObjectId == 0 ? "the kernel" : $"object {TargetObjectId}")}, {Name(AttachType)}{CookieText(Cookie)}");
}

/// <summary>A program on a raw tracepoint (<c>BPF_LINK_TYPE_RAW_TRACEPOINT</c>; Linux 5.7).</summary>
public sealed record RawTracepointLinkInfo : BpfLinkInfo
{
    internal RawTracepointLinkInfo(in LinkInfoData info, string? tracepoint)
        : base(info) => (Tracepoint, Cookie) = (tracepoint, info.RawTracepointCookie);

    /// <summary>The tracepoint's name; <see langword="null"/> where the kernel does not tell (<c>tp_name</c>).</summary>
    public string? Tracepoint { get; }

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c> (<c>cookie</c>; Linux 6.17).</summary>
    public ulong Cookie { get; }

    /// <inheritdoc/>
    public override string Target => $"raw tracepoint {Tracepoint ?? "of a name that the kernel does not tell"}{CookieText(Cookie)}";
}

/// <summary>A program that the kernel runs for each of its objects of a kind when a file is read (<c>BPF_LINK_TYPE_ITER</c>; Linux 5.8).</summary>
public sealed record IteratorLinkInfo : BpfLinkInfo
{
    internal IteratorLinkInfo(in LinkInfoData info, string? iteratesOver)
        : base(info)
    {
        IteratesOver = iteratesOver;
        MapId = IsOverMap ? info.IteratorMapId : 0;
        (CgroupId, CgroupOrder) = iteratesOver == "cgroup" ? (info.IteratorCgroupId, info.IteratorCgroupOrder) : (0, 0);
        (ThreadId, ProcessId) = IsOverTasks ? (info.IteratorThread, info.IteratorProcess) : (0, 0);
    }

    /// <summary>What it goes through: <c>task</c>, <c>bpf_map_elem</c>; <see langword="null"/> where the kernel does not tell (<c>target_name</c>).</summary>
    public string? IteratesOver { get; }

    /// <summary>The map whose elements it goes through, or 0 (<c>map.map_id</c>).</summary>
    public uint MapId { get; }

    /// <summary>The control group that it starts from, or 0 (<c>cgroup.cgroup_id</c>; Linux 6.1).</summary>
    public ulong CgroupId { get; }

    /// <summary>In which order it goes through control groups (<c>cgroup.order</c>; Linux 6.1): 1 only that one, 2 it and those below, parents first, 3 children first, 4 it and those above.</summary>
    public uint CgroupOrder { get; }

    /// <summary>The only thread that it looks at, or 0 for all (<c>task.tid</c>; Linux 6.1).</summary>
    public uint ThreadId { get; }

    /// <summary>The only process whose threads it looks at, or 0 for all (<c>task.pid</c>; Linux 6.1).</summary>
    public uint ProcessId { get; }

    /// <inheritdoc/>
    public override string Target => this switch
    {
        { MapId: not 0 } => $"map {Name(MapId)}, {IteratesOver}",
        { CgroupId: not 0 } => string.Create(CultureInfo.InvariantCulture, $"control group {CgroupId}, {IteratesOver}"),
        { ThreadId: not 0 } => $"thread {Name(ThreadId)}, {IteratesOver}",
        { ProcessId: not 0 } => $"process {Name(ProcessId)}, {IteratesOver}",
        _ => $"every {IteratesOver ?? "object of a kind that the kernel does not tell"}",
    };

    private bool IsOverMap => IteratesOver is "bpf_map_elem" or "bpf_sk_storage_map" or "sockmap";

    private bool IsOverTasks => IteratesOver is "task" or "task_file" or "task_vma";
}

/// <summary>A map of functions in the place of a kernel struct of functions (<c>BPF_LINK_TYPE_STRUCT_OPS</c>; Linux 6.4).</summary>
public sealed record StructOpsLinkInfo : BpfLinkInfo
{
    internal StructOpsLinkInfo(in LinkInfoData info)
        : base(info) => MapId = info.StructOpsMapId;

    /// <summary>The id of the map; 0 once the link is detached (<c>map_id</c>).</summary>
    public uint MapId { get; }

    /// <inheritdoc/>
    public override string Target => MapId == 0 ? "nothing (detached)" : $"map {Name(MapId)}";
}

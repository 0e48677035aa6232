using System.Globalization;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program on many kernel functions at once (<c>BPF_LINK_TYPE_KPROBE_MULTI</c>; Linux 5.18, told since 6.6).</summary>
public sealed record KprobeMultiLinkInfo : BpfLinkInfo
{
    private const uint Return = 1; // BPF_F_KPROBE_MULTI_RETURN

    internal KprobeMultiLinkInfo(in LinkInfoData info, IReadOnlyList<ulong> addresses, IReadOnlyList<ulong> cookies)
        : base(info)
    {
        Count = info.KprobeMultiCount;
        Flags = info.KprobeMultiFlags;
        Missed = info.KprobeMultiMissed;
        Addresses = addresses;
        Cookies = cookies;
    }

    /// <summary>How many functions (<c>count</c>).</summary>
    public uint Count { get; }

    /// <summary>The flags it was made with, 1 for returns (<c>flags</c>).</summary>
    public uint Flags { get; }

    /// <summary>Whether it is the functions' return rather than their entry.</summary>
    public bool IsReturn => (Flags & Return) != 0;

    /// <summary>How often a probe was hit while it could not be run (<c>missed</c>; Linux 6.7).</summary>
    public ulong Missed { get; }

    /// <summary>The functions' addresses; 0 where the kernel hides them (<c>addrs</c>). <see cref="KernelSymbols"/> knows their names.</summary>
    public IReadOnlyList<ulong> Addresses { get; }

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c> for each, in the same order; empty where there is nothing to tell (<c>cookies</c>; Linux 6.9).</summary>
    public IReadOnlyList<ulong> Cookies { get; }

    /// <inheritdoc/>
    public override string Target => string.Create(CultureInfo.InvariantCulture, $"the {(IsReturn ? "return" : "entry")} of {Count} kernel functions");
}

/// <summary>A program on many places in a file that processes run (<c>BPF_LINK_TYPE_UPROBE_MULTI</c>; Linux 6.6, told since 6.8).</summary>
public sealed record UprobeMultiLinkInfo : BpfLinkInfo
{
    private const uint Return = 1; // BPF_F_UPROBE_MULTI_RETURN

    internal UprobeMultiLinkInfo(in LinkInfoData info, string? path, IReadOnlyList<ulong> offsets, IReadOnlyList<ulong> semaphores, IReadOnlyList<ulong> cookies)
        : base(info)
    {
        Count = info.UprobeMultiCount;
        Flags = info.UprobeMultiFlags;
        ProcessId = info.UprobeMultiProcess;
        Path = path;
        Offsets = offsets;
        ReferenceCounterOffsets = semaphores;
        Cookies = cookies;
    }

    /// <summary>The file (<c>path</c>).</summary>
    public string? Path { get; }

    /// <summary>How many places (<c>count</c>).</summary>
    public uint Count { get; }

    /// <summary>The flags it was made with, 1 for returns (<c>flags</c>).</summary>
    public uint Flags { get; }

    /// <summary>Whether it is the functions' return rather than their entry.</summary>
    public bool IsReturn => (Flags & Return) != 0;

    /// <summary>The only process that is looked at, or 0 for all (<c>pid</c>).</summary>
    public uint ProcessId { get; }

    /// <summary>The places in the file in bytes (<c>offsets</c>).</summary>
    public IReadOnlyList<ulong> Offsets { get; }

    /// <summary>For each place that of its semaphore, or 0 (<c>ref_ctr_offsets</c>).</summary>
    public IReadOnlyList<ulong> ReferenceCounterOffsets { get; }

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c> for each (<c>cookies</c>).</summary>
    public IReadOnlyList<ulong> Cookies { get; }

    /// <inheritdoc/>
    public override string Target
    {
        get
        {
            string process = ProcessId == 0 ? "" : $", in process {Name(ProcessId)}";
            return string.Create(CultureInfo.InvariantCulture, $"the {(IsReturn ? "return" : "entry")} of {Count} functions of {Path}{process}");
        }
    }
}

/// <summary>A program on many kernel functions at once by trampolines (<c>BPF_LINK_TYPE_TRACING_MULTI</c>; Linux 7.2, which tells no more of it).</summary>
public sealed record TracingMultiLinkInfo : BpfLinkInfo
{
    internal TracingMultiLinkInfo(in LinkInfoData info)
        : base(info)
    {
    }

    /// <inheritdoc/>
    public override string Target => "kernel functions that the kernel does not tell";
}

using System.Globalization;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// A program on a perf event (<c>BPF_LINK_TYPE_PERF_EVENT</c>; Linux 5.15): a sampled counter, or, as <see cref="KprobeLinkInfo"/>, <see cref="UprobeLinkInfo"/> and
/// <see cref="TracepointLinkInfo"/>, a probe or a tracepoint. Before Linux 6.6 the kernel does not tell which.
/// </summary>
public record PerfEventLinkInfo : BpfLinkInfo
{
    internal const uint Uprobe = 1;
    internal const uint UretProbe = 2;
    internal const uint Kprobe = 3;
    internal const uint KretProbe = 4;
    internal const uint Tracepoint = 5;
    internal const uint Counter = 6;

    internal PerfEventLinkInfo(in LinkInfoData info, ulong cookie)
        : base(info)
    {
        Cookie = cookie;
        EventType = info.PerfEventKind == Counter ? info.EventType : null;
        EventConfig = info.PerfEventKind == Counter ? info.EventConfig : null;
    }

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c> (<c>cookie</c>; Linux 6.9).</summary>
    public ulong Cookie { get; }

    /// <summary>For a counter its source, 0 hardware, 1 software and so on (<c>enum perf_type_id</c>); <see langword="null"/> for others.</summary>
    public uint? EventType { get; }

    /// <summary>For a counter which one of the source (<c>config</c>); <see langword="null"/> for others.</summary>
    public ulong? EventConfig { get; }

    /// <inheritdoc/>
    public override string Target => EventType is null
        ? "a perf event of which the kernel does not tell more"
        : string.Create(CultureInfo.InvariantCulture, $"perf event of type {EventType}, config 0x{EventConfig:x}{CookieText(Cookie)}");
}

/// <summary>A program on a kernel function's entry or return, by a perf event (Linux 6.6).</summary>
public sealed record KprobeLinkInfo : PerfEventLinkInfo
{
    internal KprobeLinkInfo(in LinkInfoData info, string? function)
        : base(info, info.KprobeCookie)
    {
        Function = function;
        IsReturn = info.PerfEventKind == KretProbe;
        Offset = info.KprobeOffset;
        Address = info.KprobeAddress;
        Missed = info.KprobeMissed;
    }

    /// <summary>The function's name; <see langword="null"/> where the probe was made by address (<c>func_name</c>).</summary>
    public string? Function { get; }

    /// <summary>Whether it is the function's return rather than its entry.</summary>
    public bool IsReturn { get; }

    /// <summary>The distance from the function's start in bytes (<c>offset</c>).</summary>
    public uint Offset { get; }

    /// <summary>The address; 0 where the kernel hides it (<c>addr</c>).</summary>
    public ulong Address { get; }

    /// <summary>How often the probe was hit while it could not be run (<c>missed</c>; Linux 6.7).</summary>
    public ulong Missed { get; }

    /// <inheritdoc/>
    public override string Target
    {
        get
        {
            string place = Function is null ? string.Create(CultureInfo.InvariantCulture, $"0x{Address:x}") : Offset == 0 ? Function : string.Create(CultureInfo.InvariantCulture, $"{Function}+0x{Offset:x}");
            return $"{(IsReturn ? "kretprobe" : "kprobe")} {place}{CookieText(Cookie)}";
        }
    }
}

/// <summary>A program on a place in a file that processes run, by a perf event (Linux 6.6).</summary>
public sealed record UprobeLinkInfo : PerfEventLinkInfo
{
    internal UprobeLinkInfo(in LinkInfoData info, string? file)
        : base(info, info.UprobeCookie)
    {
        File = file;
        IsReturn = info.PerfEventKind == UretProbe;
        Offset = info.UprobeOffset;
    }

    /// <summary>The file (<c>file_name</c>).</summary>
    public string? File { get; }

    /// <summary>Whether it is the function's return rather than its entry.</summary>
    public bool IsReturn { get; }

    /// <summary>The place in the file in bytes (<c>offset</c>).</summary>
    public uint Offset { get; }

    /// <inheritdoc/>
    public override string Target => string.Create(CultureInfo.InvariantCulture, $"{(IsReturn ? "uretprobe" : "uprobe")} {File}+0x{Offset:x}{CookieText(Cookie)}");
}

/// <summary>A program on a tracepoint, by a perf event (Linux 6.6).</summary>
public sealed record TracepointLinkInfo : PerfEventLinkInfo
{
    internal TracepointLinkInfo(in LinkInfoData info, string? name)
        : base(info, info.TracepointCookie) => Name = name;

    /// <summary>The tracepoint's name, without its category (<c>tp_name</c>).</summary>
    public new string? Name { get; }

    /// <inheritdoc/>
    public override string Target => $"tracepoint {Name}{CookieText(Cookie)}";
}

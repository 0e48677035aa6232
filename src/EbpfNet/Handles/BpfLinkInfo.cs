using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// What the kernel tells about a link at this moment (<c>struct bpf_link_info</c>; Linux 5.8). Each kind of link has its own type: <see cref="XdpLinkInfo"/>,
/// <see cref="CgroupLinkInfo"/> and so on; a kind that this library does not know, or of which the kernel tells no more, is an <see cref="OtherLinkInfo"/>.
/// </summary>
public abstract record BpfLinkInfo
{
    private protected BpfLinkInfo(in LinkInfoData info)
    {
        Id = info.Id;
        Type = info.Type;
        ProgramId = info.ProgId;
    }

    /// <summary>The link's id on this machine (<c>id</c>).</summary>
    public uint Id { get; }

    /// <summary>The kind of link (<c>type</c>).</summary>
    public BpfLinkType Type { get; }

    /// <summary>The id of the program that is attached, or 0 where it is not one (<c>prog_id</c>).</summary>
    public uint ProgramId { get; }

    /// <summary>What the program is attached to, for people: <c>interface 2, TCX_INGRESS</c>.</summary>
    public abstract string Target { get; }

    /// <summary>The link for people: <c>tcx link 7: program 12 on interface 2, TCX_INGRESS</c>.</summary>
    public sealed override string ToString()
    {
        string program = ProgramId == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"program {ProgramId} on ");
        return string.Create(CultureInfo.InvariantCulture, $"{ShortName(Type.CName(), "BPF_LINK_TYPE_").ToLowerInvariant()} link {Id}: {program}{Target}");
    }

    /// <summary>A hook's name without what all hooks' names have: <c>TCX_INGRESS</c>.</summary>
    private protected static string Name(BpfAttachType type) => ShortName(type.CName(), "BPF_");

    private protected static string Name(uint value) => value.ToString(CultureInfo.InvariantCulture);

    private protected static string OnInterface(uint index) => index == 0 ? "nothing (detached, or the interface is gone)" : $"interface {Name(index)}";

    private protected static string CookieText(ulong? cookie) => cookie is null or 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", cookie 0x{cookie:x}");

    private static string ShortName(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
}

/// <summary>A link of which no more is known than its kind.</summary>
public sealed record OtherLinkInfo : BpfLinkInfo
{
    internal OtherLinkInfo(in LinkInfoData info)
        : base(info)
    {
    }

    /// <inheritdoc/>
    public override string Target => "something that the kernel does not tell";
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An XDP program on a network interface (<c>BPF_LINK_TYPE_XDP</c>; Linux 5.9).</summary>
public sealed record XdpLinkInfo : BpfLinkInfo
{
    internal XdpLinkInfo(in LinkInfoData info)
        : base(info) => InterfaceIndex = info.Ifindex;

    /// <summary>The interface, in its own network namespace, which the kernel does not tell; 0 once the link is detached or the interface is gone (<c>ifindex</c>).</summary>
    public uint InterfaceIndex { get; }

    /// <inheritdoc/>
    public override string Target => OnInterface(InterfaceIndex);
}

/// <summary>A tc program on a network interface (<c>BPF_LINK_TYPE_TCX</c>; Linux 6.6).</summary>
public sealed record TcxLinkInfo : BpfLinkInfo
{
    internal TcxLinkInfo(in LinkInfoData info)
        : base(info) => (InterfaceIndex, AttachType) = (info.Ifindex, info.DeviceAttachType);

    /// <summary>The interface, in its own network namespace, which the kernel does not tell; 0 once the link is detached or the interface is gone (<c>ifindex</c>).</summary>
    public uint InterfaceIndex { get; }

    /// <summary>Whether it sees packets that come or that go (<c>attach_type</c>).</summary>
    public BpfAttachType AttachType { get; }

    /// <inheritdoc/>
    public override string Target => $"{OnInterface(InterfaceIndex)}, {Name(AttachType)}";
}

/// <summary>A program on a netkit device (<c>BPF_LINK_TYPE_NETKIT</c>; Linux 6.7).</summary>
public sealed record NetkitLinkInfo : BpfLinkInfo
{
    internal NetkitLinkInfo(in LinkInfoData info)
        : base(info) => (InterfaceIndex, AttachType) = (info.Ifindex, info.DeviceAttachType);

    /// <summary>The primary device, in its own network namespace, which the kernel does not tell; 0 once the link is detached or the device is gone (<c>ifindex</c>).</summary>
    public uint InterfaceIndex { get; }

    /// <summary>Whether it sees what the primary device or its peer sends (<c>attach_type</c>).</summary>
    public BpfAttachType AttachType { get; }

    /// <inheritdoc/>
    public override string Target => $"{OnInterface(InterfaceIndex)}, {Name(AttachType)}";
}

/// <summary>A program at a netfilter hook (<c>BPF_LINK_TYPE_NETFILTER</c>; Linux 6.4).</summary>
public sealed record NetfilterLinkInfo : BpfLinkInfo
{
    private static readonly string[] Hooks = ["PRE_ROUTING", "LOCAL_IN", "FORWARD", "LOCAL_OUT", "POST_ROUTING"];

    internal NetfilterLinkInfo(in LinkInfoData info)
        : base(info)
    {
        ProtocolFamily = info.NetfilterFamily;
        Hook = info.NetfilterHook;
        Priority = info.NetfilterPriority;
        Flags = info.NetfilterFlags;
    }

    /// <summary>The family, 2 for IPv4 and 10 for IPv6 (<c>pf</c>).</summary>
    public uint ProtocolFamily { get; }

    /// <summary>The hook (<c>hooknum</c>): 0 before routing, 1 local input, 2 forwarding, 3 local output, 4 after routing.</summary>
    public uint Hook { get; }

    /// <summary>The place among the hook's functions: lower ones come first (<c>priority</c>).</summary>
    public int Priority { get; }

    /// <summary>The flags, 1 for packets put together from fragments first (<c>flags</c>).</summary>
    public uint Flags { get; }

    /// <inheritdoc/>
    public override string Target
    {
        get
        {
            string family = ProtocolFamily switch
            {
                2 => "IPv4",
                10 => "IPv6",
                _ => $"family {Name(ProtocolFamily)}",
            };
            string hook = Hook < Hooks.Length ? Hooks[Hook] : $"hook {Name(Hook)}";
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"netfilter {family} {hook}, priority {Priority}");
        }
    }
}

/// <summary>A program on a network namespace: <c>sk_lookup</c>, or the flow dissector (<c>BPF_LINK_TYPE_NETNS</c>; Linux 5.8).</summary>
public sealed record NetNsLinkInfo : BpfLinkInfo
{
    internal NetNsLinkInfo(in LinkInfoData info)
        : base(info) => (NamespaceInode, AttachType) = (info.NetNsInode, info.NetNsAttachType);

    /// <summary>The inode of the file that stands for the namespace, such as <c>/proc/1/ns/net</c>; 0 once it is gone (<c>netns_ino</c>).</summary>
    public uint NamespaceInode { get; }

    /// <summary>The hook (<c>attach_type</c>).</summary>
    public BpfAttachType AttachType { get; }

    /// <inheritdoc/>
    public override string Target => NamespaceInode == 0 ? $"a network namespace that is gone, {Name(AttachType)}" : $"network namespace {Name(NamespaceInode)}, {Name(AttachType)}";
}

/// <summary>A program on a map of sockets (<c>BPF_LINK_TYPE_SOCKMAP</c>; Linux 6.10).</summary>
public sealed record SockMapLinkInfo : BpfLinkInfo
{
    internal SockMapLinkInfo(in LinkInfoData info)
        : base(info) => (MapId, AttachType) = (info.SockMapId, info.SockMapAttachType);

    /// <summary>The id of the map; 0 once the link is detached (<c>map_id</c>).</summary>
    public uint MapId { get; }

    /// <summary>The hook (<c>attach_type</c>).</summary>
    public BpfAttachType AttachType { get; }

    /// <inheritdoc/>
    public override string Target => MapId == 0 ? $"nothing (detached), {Name(AttachType)}" : $"map {Name(MapId)}, {Name(AttachType)}";
}

/// <summary>A program on a control group (<c>BPF_LINK_TYPE_CGROUP</c>; Linux 5.7).</summary>
public sealed record CgroupLinkInfo : BpfLinkInfo
{
    internal CgroupLinkInfo(in LinkInfoData info)
        : base(info) => (CgroupId, AttachType) = (info.CgroupId, info.CgroupAttachType);

    /// <summary>The kernel's number for the control group (<see cref="BpfCgroup.Id"/>); 0 once it is gone (<c>cgroup_id</c>).</summary>
    public ulong CgroupId { get; }

    /// <summary>The hook (<c>attach_type</c>).</summary>
    public BpfAttachType AttachType { get; }

    /// <inheritdoc/>
    public override string Target => CgroupId == 0
        ? $"nothing (detached, or the control group is gone), {Name(AttachType)}"
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"control group {CgroupId}, {Name(AttachType)}");
}

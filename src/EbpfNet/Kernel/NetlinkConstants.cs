namespace EbpfNet.Kernel;

/// <summary>Message types of netlink itself and of its routing family (<c>linux/netlink.h</c>, <c>linux/rtnetlink.h</c>).</summary>
internal enum NetlinkType : ushort
{
    Error = 2,
    Done = 3,
    NewLink = 16,
    GetLink = 18,
    SetLink = 19,
    NewRoute = 24,
    DeleteRoute = 25,
    GetRoute = 26,
    NewQdisc = 36,
    DeleteQdisc = 37,
    GetQdisc = 38,
    NewFilter = 44,
    DeleteFilter = 45,
    GetFilter = 46,
}

/// <summary><c>NLM_F_*</c>.</summary>
[Flags]
internal enum NetlinkFlags : ushort
{
    Request = 0x1,
    Multi = 0x2,
    Acknowledge = 0x4,

    /// <summary>On a request for a change: tell what came of it.</summary>
    Echo = 0x8,
    DumpInterrupted = 0x10,

    /// <summary>On a request for a new object: make it where there is none.</summary>
    Create = 0x400,

    /// <summary>On an error: the request is not repeated in it.</summary>
    Capped = 0x100,

    /// <summary>On an error: attributes follow.</summary>
    AcknowledgeAttributes = 0x200,

    /// <summary>On a request for a new object: put it in the place of the one there is.</summary>
    Replace = Capped,

    /// <summary>On a request for a new object: only where there is none yet.</summary>
    Exclusive = AcknowledgeAttributes,

    /// <summary>On a request for objects: all of them.</summary>
    Dump = 0x300,
}

/// <summary><c>IFLA_*</c>: attributes of a link message.</summary>
internal static class LinkAttribute
{
    public const ushort Name = 3; // IFLA_IFNAME
    public const ushort ExtendedMask = 29; // IFLA_EXT_MASK
    public const ushort Xdp = 43; // IFLA_XDP
    public const ushort AlternativeName = 53; // IFLA_ALT_IFNAME

    /// <summary><c>RTEXT_FILTER_SKIP_STATS</c>: answers without counters are a third as long.</summary>
    public const uint SkipStatistics = 8;
}

/// <summary><c>IFLA_XDP_*</c>: attributes nested in <see cref="LinkAttribute.Xdp"/>.</summary>
internal static class XdpAttribute
{
    public const ushort Fd = 1;
    public const ushort Attached = 2;
    public const ushort Flags = 3;
    public const ushort ProgramId = 4;
    public const ushort NativeProgramId = 5;
    public const ushort GenericProgramId = 6;
    public const ushort OffloadedProgramId = 7;
    public const ushort ExpectedFd = 8;
}

/// <summary><c>XDP_FLAGS_*</c>.</summary>
[Flags]
internal enum XdpFlags : uint
{
    None = 0,

    /// <summary><c>XDP_FLAGS_UPDATE_IF_NOEXIST</c>: only where no program is attached yet.</summary>
    IfNotExists = 1,

    /// <summary><c>XDP_FLAGS_SKB_MODE</c>.</summary>
    Generic = 2,

    /// <summary><c>XDP_FLAGS_DRV_MODE</c>.</summary>
    Native = 4,

    /// <summary><c>XDP_FLAGS_HW_MODE</c>.</summary>
    Offload = 8,

    /// <summary><c>XDP_FLAGS_REPLACE</c>: only where the expected program is attached.</summary>
    Replace = 16,

    Modes = Generic | Native | Offload,
}

/// <summary><c>XDP_ATTACHED_*</c>.</summary>
internal enum XdpAttached : byte
{
    None = 0,
    Native = 1,
    Generic = 2,
    Offloaded = 3,

    /// <summary>Programs in several modes; each has an id of its own.</summary>
    Several = 4,
}

namespace EbpfNet.Abi;

/// <summary>How a map is created (<c>BPF_MAP_CREATE</c>'s <c>map_flags</c>).</summary>
/// <remarks>Which flags a map may have depends on its kind; the kernel refuses the others with <c>EINVAL</c>.</remarks>
[Flags]
public enum BpfMapFlags : uint
{
    /// <summary>No flags.</summary>
    None = 0,

    /// <summary>Allocates elements as they are added rather than all at once. <c>BPF_F_NO_PREALLOC</c>, Linux 4.6; required for LPM tries.</summary>
    NoPrealloc = 1u << 0,

    /// <summary>Keeps a list of least recently used elements per CPU instead of one for all. <c>BPF_F_NO_COMMON_LRU</c>, Linux 4.10.</summary>
    NoCommonLru = 1u << 1,

    /// <summary>Allocates on the NUMA node that was given. <c>BPF_F_NUMA_NODE</c>, Linux 4.14.</summary>
    NumaNode = 1u << 2,

    /// <summary>User space may only read through this file descriptor. <c>BPF_F_RDONLY</c>, Linux 4.15.</summary>
    ReadOnly = 1u << 3,

    /// <summary>User space may only write through this file descriptor. <c>BPF_F_WRONLY</c>, Linux 4.15.</summary>
    WriteOnly = 1u << 4,

    /// <summary>Stack traces are kept as build ids with file offsets instead of addresses. <c>BPF_F_STACK_BUILD_ID</c>, Linux 4.17.</summary>
    StackBuildId = 1u << 5,

    /// <summary>The hash function's seed is zero: for tests only. <c>BPF_F_ZERO_SEED</c>, Linux 5.0.</summary>
    ZeroSeed = 1u << 6,

    /// <summary>Programs may only read. <c>BPF_F_RDONLY_PROG</c>, Linux 5.2.</summary>
    ReadOnlyProgram = 1u << 7,

    /// <summary>Programs may only write. <c>BPF_F_WRONLY_PROG</c>, Linux 5.2.</summary>
    WriteOnlyProgram = 1u << 8,

    /// <summary>An accepted socket gets a copy of its listener's storage. <c>BPF_F_CLONE</c>, Linux 5.4.</summary>
    Clone = 1u << 9,

    /// <summary>User space may map the values into its memory. <c>BPF_F_MMAPABLE</c>, Linux 5.5.</summary>
    Mmapable = 1u << 10,

    /// <summary>Perf events stay when the file descriptor that added them closes. <c>BPF_F_PRESERVE_ELEMS</c>, Linux 5.10.</summary>
    PreserveElements = 1u << 11,

    /// <summary>An array that may stand in an outer map beside arrays of other sizes. <c>BPF_F_INNER_MAP</c>, Linux 5.10.</summary>
    InnerMap = 1u << 12,

    /// <summary>A structure of functions that is attached through a link. <c>BPF_F_LINK</c>, Linux 6.4.</summary>
    Link = 1u << 13,

    /// <summary>A pin path is relative to a directory's file descriptor (pinning and opening only). <c>BPF_F_PATH_FD</c>, Linux 6.5.</summary>
    PathFd = 1u << 14,

    /// <summary>The value's type is in the BTF of a kernel module, whose file descriptor is given. <c>BPF_F_VTYPE_BTF_OBJ_FD</c>, Linux 6.9.</summary>
    ValueTypeBtfObjectFd = 1u << 15,

    /// <summary>A BPF token's file descriptor is given. <c>BPF_F_TOKEN_FD</c>, Linux 6.9.</summary>
    TokenFd = 1u << 16,

    /// <summary>User space's access to arena pages that are not there raises a signal. <c>BPF_F_SEGV_ON_FAULT</c>, Linux 6.9.</summary>
    SegvOnFault = 1u << 17,

    /// <summary>Arena pointers are not converted to user addresses. <c>BPF_F_NO_USER_CONV</c>, Linux 6.9.</summary>
    NoUserConversion = 1u << 18,
}

using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet.Kernel;

// The parts of union bpf_attr that attach programs without a link; a test compares sizes and offsets with a C compiler's.

/// <summary><c>BPF_PROG_ATTACH</c> and <c>BPF_PROG_DETACH</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProgramAttachAttribute
{
    public int TargetFd;
    public int AttachBpfFd;
    public BpfAttachType AttachType;
    public uint AttachFlags;
    public int ReplaceBpfFd;

    /// <summary>The program or link beside which to attach: a descriptor, or an id with <c>BPF_F_ID</c> (Linux 6.6).</summary>
    public uint RelativeFd;

    /// <summary>Linux 6.6.</summary>
    public ulong ExpectedRevision;
}

/// <summary><c>BPF_PROG_QUERY</c> (the kernel's member is called <c>query</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProgramQueryAttribute
{
    public int TargetFd;
    public BpfAttachType AttachType;
    public uint QueryFlags;
    public uint AttachFlags;
    public uint* ProgIds;
    public uint ProgCnt;
    private readonly uint _padding;
    public uint* ProgAttachFlags;

    /// <summary>Of links to interfaces (Linux 6.6): as many as programs, 0 for one that no link holds.</summary>
    public uint* LinkIds;
    public uint* LinkAttachFlags;

    /// <summary>Grows with every change (Linux 6.6).</summary>
    public ulong Revision;
}

/// <summary><c>BPF_RAW_TRACEPOINT_OPEN</c> (the kernel's member is called <c>raw_tracepoint</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RawTracepointAttribute
{
    /// <summary>The tracepoint, ended by NUL; null for a program that was loaded for what it is to be attached to.</summary>
    public byte* Name;
    public int ProgFd;
    private readonly uint _padding;
    public ulong Cookie;
}

/// <summary><c>BPF_ITER_CREATE</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IteratorCreateAttribute
{
    public int LinkFd;
    public uint Flags;
}

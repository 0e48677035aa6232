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
}

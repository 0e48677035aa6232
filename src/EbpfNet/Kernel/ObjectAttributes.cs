using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

// The parts of union bpf_attr that every kind of object shares, and those of links; a test compares sizes and offsets with a C compiler's.

/// <summary><c>BPF_OBJ_PIN</c> and <c>BPF_OBJ_GET</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ObjectPathAttribute
{
    public byte* Pathname;
    public int BpfFd;
    public uint FileFlags;
    public int PathFd;
    private readonly uint _padding;
}

/// <summary><c>BPF_*_GET_NEXT_ID</c> and <c>BPF_*_GET_FD_BY_ID</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ObjectIdAttribute
{
    /// <summary>A union: the id itself, or the id to start after.</summary>
    public uint StartId;
    public uint NextId;
    public uint OpenFlags;
    public int FdByIdTokenFd;
}

/// <summary><c>BPF_OBJ_GET_INFO_BY_FD</c> (the kernel's member is called <c>info</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ObjectInfoAttribute
{
    public int BpfFd;
    public uint InfoLen;
    public void* Info;
}

/// <summary><c>BPF_LINK_UPDATE</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinkUpdateAttribute
{
    public int LinkFd;
    public int NewProgFd;
    public uint Flags;
    public int OldProgFd;
}

/// <summary><c>BPF_LINK_DETACH</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinkDetachAttribute
{
    public int LinkFd;
}

/// <summary><c>BPF_TOKEN_CREATE</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TokenCreateAttribute
{
    public uint Flags;
    public int BpffsFd;
}

/// <summary><c>BPF_ENABLE_STATS</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EnableStatsAttribute
{
    public uint Type;
}

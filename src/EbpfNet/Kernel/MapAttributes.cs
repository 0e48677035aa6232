using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet.Kernel;

// The parts of union bpf_attr that map commands use. Names follow the kernel's; a test compares sizes and offsets with a C compiler's.

/// <summary><c>BPF_MAP_CREATE</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MapCreateAttribute
{
    public BpfMapType MapType;
    public uint KeySize;
    public uint ValueSize;
    public uint MaxEntries;
    public BpfMapFlags MapFlags;
    public int InnerMapFd;
    public uint NumaNode;
    public KernelName MapName;
    public uint MapIfindex;
    public int BtfFd;
    public uint BtfKeyTypeId;
    public uint BtfValueTypeId;
    public uint BtfVmlinuxValueTypeId;
    public ulong MapExtra;
    public int ValueTypeBtfObjFd;
    public int MapTokenFd;
    public ulong ExclProgHash;
    public uint ExclProgHashSize;
    private readonly uint _padding;
}

/// <summary><c>BPF_MAP_*_ELEM</c>, <c>BPF_MAP_GET_NEXT_KEY</c> (where <see cref="Value"/> is next_key) and <c>BPF_MAP_FREEZE</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapElementAttribute
{
    public int MapFd;
    private readonly uint _padding;
    public void* Key;
    public void* Value;
    public ulong Flags;
}

/// <summary><c>BPF_MAP_*_BATCH</c> (the kernel's member is called <c>batch</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapBatchAttribute
{
    public void* InBatch;
    public void* OutBatch;
    public void* Keys;
    public void* Values;
    public uint Count;
    public int MapFd;
    public ulong ElemFlags;
    public ulong Flags;
}

/// <summary><c>struct bpf_map_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MapInfoData
{
    public BpfMapType Type;
    public uint Id;
    public uint KeySize;
    public uint ValueSize;
    public uint MaxEntries;
    public BpfMapFlags MapFlags;
    public KernelName Name;
    public uint Ifindex;
    public uint BtfVmlinuxValueTypeId;
    public ulong NetnsDev;
    public ulong NetnsIno;
    public uint BtfId;
    public uint BtfKeyTypeId;
    public uint BtfValueTypeId;
    public uint BtfVmlinuxId;
    public ulong MapExtra;
}

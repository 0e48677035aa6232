using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What the kernel tells about a map at this moment (<c>BPF_OBJ_GET_INFO_BY_FD</c>, Linux 4.13, and <c>/proc/self/fdinfo</c>). What an older kernel does not tell is 0 or <see langword="null"/>.</summary>
public sealed record BpfMapInfo
{
    internal BpfMapInfo(in MapInfoData info, DescriptorInfo descriptor)
    {
        KernelName = info.Name.ToString();
        Type = info.Type;
        Id = info.Id;
        KeySize = info.KeySize;
        ValueSize = info.ValueSize;
        MaxEntries = info.MaxEntries;
        Flags = info.MapFlags;
        Extra = info.MapExtra;
        InterfaceIndex = info.Ifindex;
        NetworkNamespaceDevice = info.NetnsDev;
        NetworkNamespaceInode = info.NetnsIno;
        BtfId = info.BtfId;
        KeyTypeId = info.BtfKeyTypeId;
        ValueTypeId = info.BtfValueTypeId;
        KernelValueTypeId = info.BtfVmlinuxValueTypeId;
        KernelBtfId = info.BtfVmlinuxId;
        MemoryBytes = descriptor["memlock"];
        IsFrozen = descriptor["frozen"] is { } frozen ? frozen != 0 : null;
        OwnerProgramType = descriptor["owner_prog_type"] is { } owner ? (BpfProgramType)owner : null;
    }

    /// <summary>The name that the kernel keeps: 15 characters at most (<c>name</c>; Linux 4.15).</summary>
    public string KernelName { get; }

    /// <summary>The kind of map (<c>type</c>).</summary>
    public BpfMapType Type { get; }

    /// <summary>The map's id on this machine (<c>id</c>).</summary>
    public uint Id { get; }

    /// <summary>The size of a key in bytes (<c>key_size</c>).</summary>
    public uint KeySize { get; }

    /// <summary>The size of a value in bytes (<c>value_size</c>).</summary>
    public uint ValueSize { get; }

    /// <summary>The most entries that the map holds, or what this number means for its kind (<c>max_entries</c>).</summary>
    public uint MaxEntries { get; }

    /// <summary>The flags that the map was created with (<c>map_flags</c>).</summary>
    public BpfMapFlags Flags { get; }

    /// <summary>What the kind needs besides (<c>map_extra</c>; Linux 5.16).</summary>
    public ulong Extra { get; }

    /// <summary>The network interface that the map is offloaded to, or 0 (<c>ifindex</c>; Linux 4.16).</summary>
    public uint InterfaceIndex { get; }

    /// <summary>The device of the file that stands for that interface's network namespace (<c>netns_dev</c>).</summary>
    public ulong NetworkNamespaceDevice { get; }

    /// <summary>The inode of the file that stands for that interface's network namespace (<c>netns_ino</c>).</summary>
    public ulong NetworkNamespaceInode { get; }

    /// <summary>The id of the BTF that the map was created with, or 0 (<c>btf_id</c>; Linux 4.18).</summary>
    public uint BtfId { get; }

    /// <summary>The type of the keys in that BTF, or 0 (<c>btf_key_type_id</c>).</summary>
    public uint KeyTypeId { get; }

    /// <summary>The type of the values in that BTF, or 0 (<c>btf_value_type_id</c>).</summary>
    public uint ValueTypeId { get; }

    /// <summary>The type of the values in the kernel's BTF, for structures of functions, or 0 (<c>btf_vmlinux_value_type_id</c>; Linux 5.6).</summary>
    public uint KernelValueTypeId { get; }

    /// <summary>The id of the kernel's BTF that <see cref="KernelValueTypeId"/> is in, or 0 (<c>btf_vmlinux_id</c>; Linux 6.9).</summary>
    public uint KernelBtfId { get; }

    /// <summary>How many bytes of memory the map takes, as the kernel reckons (<c>memlock</c>; before Linux 6.4 what was charged when it was created).</summary>
    public ulong? MemoryBytes { get; }

    /// <summary>Whether user space can no longer change the map (<c>frozen</c>; Linux 5.2). See <see cref="BpfMap.Freeze"/>.</summary>
    public bool? IsFrozen { get; }

    /// <summary>For a program array that has been used, the type of programs that it is for (<c>owner_prog_type</c>).</summary>
    public BpfProgramType? OwnerProgramType { get; }
}

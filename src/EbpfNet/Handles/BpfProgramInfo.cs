using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// What the kernel tells about a program at this moment (<c>BPF_OBJ_GET_INFO_BY_FD</c>, Linux 4.13, and <c>/proc/self/fdinfo</c>). What an older kernel does not tell is 0, empty
/// or <see langword="null"/>; lengths and code take CAP_BPF.
/// </summary>
public sealed record BpfProgramInfo
{
    internal BpfProgramInfo(in ProgramInfoData info, string tag, IReadOnlyList<uint> mapIds, DescriptorInfo descriptor, DateTimeOffset? loadedAt)
    {
        KernelName = info.Name.ToString();
        Type = info.Type;
        Id = info.Id;
        Tag = tag;
        LoadTime = TimeSpan.FromMicroseconds(info.LoadTime / 1000.0);
        LoadedAt = loadedAt;
        CreatedByUser = info.CreatedByUid;
        MapIds = mapIds;
        XlatedLength = info.XlatedProgLen;
        JitedLength = info.JitedProgLen;
        IsGplCompatible = (info.GplCompatible & 1) != 0;
        InterfaceIndex = info.Ifindex;
        NetworkNamespaceDevice = info.NetnsDev;
        NetworkNamespaceInode = info.NetnsIno;
        BtfId = info.BtfId;
        FunctionCount = info.NrFuncInfo;
        Stats = new BpfProgramStats(info.RunCnt, info.RunTimeNs, info.RecursionMisses);
        VerifiedInstructions = info.VerifiedInsns;
        AttachBtfObjectId = info.AttachBtfObjId;
        AttachBtfId = info.AttachBtfId;
        MemoryBytes = descriptor["memlock"];
    }

    /// <summary>The name that the kernel keeps: 15 characters at most (<c>name</c>; Linux 4.15).</summary>
    public string KernelName { get; }

    /// <summary>The kind of program (<c>type</c>).</summary>
    public BpfProgramType Type { get; }

    /// <summary>The program's id on this machine (<c>id</c>).</summary>
    public uint Id { get; }

    /// <summary>A hash of the instructions as they were submitted, 16 hexadecimal digits (<c>tag</c>). Programs of equal instructions have equal tags.</summary>
    public string Tag { get; }

    /// <summary>When it was loaded, counted from the machine's start (<c>load_time</c>; Linux 4.15).</summary>
    public TimeSpan LoadTime { get; }

    /// <summary>When it was loaded, by the clock as it is set now; to about 10 ms. <see langword="null"/> where <c>/proc/uptime</c> does not tell.</summary>
    public DateTimeOffset? LoadedAt { get; }

    /// <summary>The user who loaded it (<c>created_by_uid</c>; Linux 4.15).</summary>
    public uint CreatedByUser { get; }

    /// <summary>The ids of the maps that it uses (<c>map_ids</c>; Linux 4.15).</summary>
    public IReadOnlyList<uint> MapIds { get; }

    /// <summary>The length in bytes of the instructions as the verifier left them (<c>xlated_prog_len</c>).</summary>
    public uint XlatedLength { get; }

    /// <summary>The length in bytes of the machine code; 0 when it is interpreted (<c>jited_prog_len</c>).</summary>
    public uint JitedLength { get; }

    /// <summary>Whether its licence lets it call helpers that are for GPL-compatible programs only (<c>gpl_compatible</c>; Linux 4.18).</summary>
    public bool IsGplCompatible { get; }

    /// <summary>The network interface that it is offloaded or bound to, or 0 (<c>ifindex</c>; Linux 4.16).</summary>
    public uint InterfaceIndex { get; }

    /// <summary>The device of the file that stands for that interface's network namespace (<c>netns_dev</c>).</summary>
    public ulong NetworkNamespaceDevice { get; }

    /// <summary>The inode of the file that stands for that interface's network namespace (<c>netns_ino</c>).</summary>
    public ulong NetworkNamespaceInode { get; }

    /// <summary>The id of the BTF that it was loaded with, or 0 (<c>btf_id</c>; Linux 5.0).</summary>
    public uint BtfId { get; }

    /// <summary>How many functions it has, subprograms included, by its BTF; 0 without (<c>nr_func_info</c>; Linux 5.0).</summary>
    public uint FunctionCount { get; }

    /// <summary>How often it has run, and how long it took (Linux 5.1).</summary>
    public BpfProgramStats Stats { get; }

    /// <summary>How many instructions the verifier went through to accept it (<c>verified_insns</c>; Linux 5.16).</summary>
    public uint VerifiedInstructions { get; }

    /// <summary>The id of the BTF that <see cref="AttachBtfId"/> is in: the kernel's, a module's, or that of a program (<c>attach_btf_obj_id</c>; Linux 6.0).</summary>
    public uint AttachBtfObjectId { get; }

    /// <summary>The type of what it is for in that BTF, a kernel function for example, or 0 (<c>attach_btf_id</c>; Linux 6.0).</summary>
    public uint AttachBtfId { get; }

    /// <summary>How many bytes of memory the instructions take, in whole pages (<c>memlock</c>).</summary>
    public ulong? MemoryBytes { get; }
}

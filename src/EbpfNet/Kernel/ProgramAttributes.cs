using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet.Kernel;

// The parts of union bpf_attr that program and BTF commands use; a test compares sizes and offsets with a C compiler's.

/// <summary><c>BPF_PROG_LOAD</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProgramLoadAttribute
{
    public BpfProgramType ProgType;
    public uint InsnCnt;
    public void* Insns;
    public byte* License;
    public uint LogLevel;
    public uint LogSize;
    public byte* LogBuf;
    public uint KernVersion;
    public BpfProgramFlags ProgFlags;
    public KernelName ProgName;
    public uint ProgIfindex;
    public BpfAttachType ExpectedAttachType;
    public int ProgBtfFd;
    public uint FuncInfoRecSize;
    public void* FuncInfo;
    public uint FuncInfoCnt;
    public uint LineInfoRecSize;
    public void* LineInfo;
    public uint LineInfoCnt;
    public uint AttachBtfId;

    /// <summary>A union with <c>attach_btf_obj_fd</c>.</summary>
    public int AttachProgFd;
    public uint CoreReloCnt;
    public int* FdArray;
    public void* CoreRelos;
    public uint CoreReloRecSize;
    public uint LogTrueSize;
    public int ProgTokenFd;
    public uint FdArrayCnt;
    public void* Signature;
    public uint SignatureSize;
    public int KeyringId;
}

/// <summary><c>BPF_BTF_LOAD</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BtfLoadAttribute
{
    public void* Btf;
    public byte* BtfLogBuf;
    public uint BtfSize;
    public uint BtfLogSize;
    public uint BtfLogLevel;
    public uint BtfLogTrueSize;
    public uint BtfFlags;
    public int BtfTokenFd;
}

/// <summary><c>BPF_PROG_TEST_RUN</c> (the kernel's member is called <c>test</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TestRunAttribute
{
    public int ProgFd;
    public uint Retval;
    public uint DataSizeIn;
    public uint DataSizeOut;
    public void* DataIn;
    public void* DataOut;
    public uint Repeat;
    public uint Duration;
    public uint CtxSizeIn;
    public uint CtxSizeOut;
    public void* CtxIn;
    public void* CtxOut;
    public uint Flags;
    public uint Cpu;
    public uint BatchSize;
    private readonly uint _padding;
}

/// <summary><c>struct bpf_prog_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProgramInfoData
{
    public BpfProgramType Type;
    public uint Id;
    public ulong Tag;
    public uint JitedProgLen;
    public uint XlatedProgLen;
    public void* JitedProgInsns;
    public void* XlatedProgInsns;
    public ulong LoadTime;
    public uint CreatedByUid;
    public uint NrMapIds;
    public uint* MapIds;
    public KernelName Name;
    public uint Ifindex;

    /// <summary>Bit 0 is <c>gpl_compatible</c>.</summary>
    public uint GplCompatible;
    public ulong NetnsDev;
    public ulong NetnsIno;
    public uint NrJitedKsyms;
    public uint NrJitedFuncLens;
    public void* JitedKsyms;
    public void* JitedFuncLens;
    public uint BtfId;
    public uint FuncInfoRecSize;
    public void* FuncInfo;
    public uint NrFuncInfo;
    public uint NrLineInfo;
    public void* LineInfo;
    public void* JitedLineInfo;
    public uint NrJitedLineInfo;
    public uint LineInfoRecSize;
    public uint JitedLineInfoRecSize;
    public uint NrProgTags;
    public void* ProgTags;
    public ulong RunTimeNs;
    public ulong RunCnt;
    public ulong RecursionMisses;
    public uint VerifiedInsns;
    public uint AttachBtfObjId;
    public uint AttachBtfId;
    private readonly uint _padding;
}

/// <summary><c>struct bpf_btf_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BtfInfoData
{
    public void* Btf;
    public uint BtfSize;
    public uint Id;
    public byte* Name;
    public uint NameLen;
    public uint KernelBtf;
}

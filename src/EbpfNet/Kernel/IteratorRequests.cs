using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>Links of iterators, and the files that they are read from.</summary>
internal static unsafe class IteratorRequests
{
    /// <summary><c>BPF_LINK_CREATE</c> (Linux 5.8).</summary>
    public static BpfErrno CreateLink(BpfHandle program, IteratorInfo info, bool withInfo, out BpfHandle? link)
    {
        var attribute = new LinkCreateAttribute { AttachType = BpfAttachType.TraceIter };
        if (withInfo)
        {
            attribute.IterInfo = &info;
            attribute.IterInfoLen = (uint)sizeof(IteratorInfo);
        }

        return KernelLinks.Create(program, attribute, out link);
    }

    /// <summary><c>BPF_ITER_CREATE</c>.</summary>
    public static BpfErrno Open(BpfHandle link, out BpfHandle? file)
    {
        using BpfHandle.Lease fd = link.Acquire();
        var attribute = new IteratorCreateAttribute { LinkFd = fd.Fd };
        return BpfSyscall.InvokeForHandle(BpfCommand.IterCreate, &attribute, out file);
    }
}

/// <summary><c>union bpf_iter_link_info</c>: each iterator reads it in its own way.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct IteratorInfo
{
    [FieldOffset(0)]
    public int MapFd;

    [FieldOffset(0)]
    public uint CgroupOrder;

    [FieldOffset(4)]
    public int CgroupFd;

    [FieldOffset(8)]
    public ulong CgroupId;

    [FieldOffset(0)]
    public uint ThreadId;

    [FieldOffset(4)]
    public uint ProcessId;

    [FieldOffset(8)]
    public int ProcessFd;
}

using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>The types of a program that is in the kernel: its functions are among them.</summary>
internal static unsafe class LoadedProgramTypes
{
    /// <summary>The largest that the kernel takes (<c>BTF_MAX_SIZE</c>).</summary>
    private const uint LargestSize = 16 << 20;

    /// <summary>Reads them (CAP_SYS_ADMIN).</summary>
    /// <exception cref="BpfNotSupportedException">The program was loaded without.</exception>
    /// <exception cref="BpfSyscallException">The kernel does not give them to this process.</exception>
    public static BtfSpec Read(BpfProgram program)
    {
        uint id = KernelObjects.GetInfo<ProgramInfoData>(program.Handle, program.ToString()).BtfId;
        if (id == 0)
        {
            throw new BpfNotSupportedException($"Looking for functions of {program}", "it was loaded without types; compile its object with -g");
        }

        string what = $"the types of {program}";
        using BpfHandle types = KernelObjects.OpenById(BpfCommand.BtfGetFdById, id, what);
        uint size = KernelObjects.GetInfo<BtfInfoData>(types, what).BtfSize;
        byte[] bytes = new byte[Math.Min(size, LargestSize)];
        fixed (byte* data = bytes)
        {
            var info = new BtfInfoData { Btf = data, BtfSize = (uint)bytes.Length };
            BpfErrno error = KernelObjects.TryGetInfo(types, ref info);
            return error == BpfErrno.None
                ? BtfSpec.Parse(bytes, section: what)
                : throw SyscallErrors.Create(error, BpfCommand.ObjGetInfoByFd, $"read {what}");
        }
    }
}

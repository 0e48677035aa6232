using System.Runtime.InteropServices;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The name of a program's function, which the kernel cuts and the program's types have whole.</summary>
internal static unsafe class ProgramFunctionName
{
    private const int KernelNameLength = 15;
    private const int LargestRecord = 256; // struct bpf_func_info has 8 bytes.

    /// <param name="handle">The program.</param>
    /// <param name="info">What the kernel tells about it.</param>
    /// <returns>The whole name; the kernel's where that is all, or this process may not look at the types (CAP_SYS_ADMIN), or at the code that they belong to (CAP_BPF).</returns>
    public static string Read(BpfHandle handle, in ProgramInfoData info)
    {
        string kept = info.Name.ToString();
        if (kept.Length < KernelNameLength || info.BtfId == 0 || info.NrFuncInfo == 0 || info.FuncInfoRecSize is < 2 * sizeof(uint) or > LargestRecord)
        {
            return kept;
        }

        byte* first = stackalloc byte[LargestRecord];
        var again = new ProgramInfoData { FuncInfo = first, NrFuncInfo = 1, FuncInfoRecSize = info.FuncInfoRecSize };
        return KernelObjects.TryGetInfo(handle, ref again) == BpfErrno.None && again.FuncInfo != null && MapTypes.TryRead(info.BtfId) is { } types
            && types.TryGetType(new BtfTypeId(MemoryMarshal.Read<uint>(new ReadOnlySpan<byte>(first + sizeof(uint), sizeof(uint)))), out BtfType? function)
            && function.Name.StartsWith(kept, StringComparison.Ordinal)
            ? function.Name
            : kept;
    }
}

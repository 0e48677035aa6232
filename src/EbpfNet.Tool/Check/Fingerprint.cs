using System.Globalization;
using System.Runtime.InteropServices;
using EbpfNet.Instructions;

namespace EbpfNet.Tool.Check;

/// <summary>A hash of what the kernel is given as a program, the same for every load of it: FNV-1a, 64 bits.</summary>
internal static class Fingerprint
{
    private const ulong OffsetBasis = 0xcbf2_9ce4_8422_2325;
    private const ulong Prime = 0x100_0000_01b3;

    /// <summary>The hash over the slots as <c>struct bpf_insn</c>, in which descriptors of maps count as 0; 16 hexadecimal digits.</summary>
    internal static string Of(ReadOnlySpan<BpfInstruction> instructions)
    {
        ulong hash = OffsetBasis;
        foreach (BpfInstruction instruction in instructions)
        {
            bool holdsDescriptor = instruction is { IsLoadImm64: true, PseudoSource: BpfPseudoSource.MapFd or BpfPseudoSource.MapValue };
            BpfInstruction slot = holdsDescriptor ? instruction.WithImmediate(0) : instruction;
            foreach (byte value in MemoryMarshal.AsBytes(new ReadOnlySpan<BpfInstruction>(in slot)))
            {
                hash = (hash ^ value) * Prime;
            }
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}

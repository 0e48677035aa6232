using EbpfNet.Abi;
using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>Replaces helpers that are newer than the kernel by the older ones that they were split from.</summary>
internal static class HelperFallbacks
{
    /// <summary>Before Linux 5.5, one helper read user space's memory and the kernel's.</summary>
    public static void Apply(Span<BpfInstruction> code)
    {
        for (int slot = 0; slot < code.Length; slot += code[slot].SlotCount)
        {
            if (code[slot].IsHelperCall && FindOlder((BpfHelper)code[slot].Immediate) is { } older)
            {
                if (!KernelProbes.ProbeReadKernel.IsMissing)
                {
                    return;
                }

                code[slot] = code[slot].WithImmediate((int)older);
            }
        }
    }

    private static BpfHelper? FindOlder(BpfHelper helper) => helper switch
    {
        BpfHelper.ProbeReadKernel or BpfHelper.ProbeReadUser => BpfHelper.ProbeRead,
        BpfHelper.ProbeReadKernelStr or BpfHelper.ProbeReadUserStr => BpfHelper.ProbeReadStr,
        _ => null,
    };
}

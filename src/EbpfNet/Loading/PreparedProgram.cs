using EbpfNet.Btf;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>A program that is ready but for what the load itself makes: the descriptors of maps.</summary>
/// <param name="Linked">The code, adapted to the kernel.</param>
/// <param name="Target">What it is for, where the kernel has to be told.</param>
/// <param name="Relocator">What adapted it; <see langword="null"/> when there was nothing to adapt.</param>
internal sealed record PreparedProgram(LinkedProgram Linked, AttachTarget? Target, CoreRelocator? Relocator)
{
    /// <summary>Why the instruction at a slot was replaced by one that no kernel takes, if that is what happened to it.</summary>
    public BpfRelocationException? ExplainPoison(int slot)
    {
        if (Relocator is null || !CorePatcher.IsPoisoned(Linked.Instructions[slot]))
        {
            return null;
        }

        foreach (LinkedCoreRelocation relocation in Linked.CoreRelocations)
        {
            // A 64-bit constant is replaced in both its slots, of which the first has the relocation.
            if (relocation.Slot == slot || (relocation.Slot == slot - 1 && CorePatcher.IsPoisoned(Linked.Instructions[slot - 1])))
            {
                return Relocator.Explain(relocation.Relocation, relocation.Slot, Linked.Program.Name);
            }
        }

        return null;
    }
}

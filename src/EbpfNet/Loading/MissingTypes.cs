using EbpfNet.Btf;
using EbpfNet.Instructions;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>Adapts an object's functions to a kernel without loading them, for what that kernel lacks.</summary>
internal static class MissingTypes
{
    public static IReadOnlyList<BpfRelocationException> Find(BpfObjectSpec spec, BtfSpec types, ICoreTarget kernel)
    {
        var missing = new List<BpfRelocationException>();
        var seen = new HashSet<(BtfCoreRelocation, string)>();
        var relocator = new CoreRelocator(types, kernel);
        foreach (LinkedProgram program in spec.Programs.Select(program => FunctionLinker.Link(program, spec.Constants)))
        {
            foreach (LinkedCoreRelocation relocation in program.CoreRelocations)
            {
                // A function that several programs call is in each of them.
                LinkedFunction function = program.Functions.Last(function => function.Slot <= relocation.Slot);
                if (seen.Add((relocation.Relocation, function.Name)))
                {
                    Try(relocator, program.Instructions, relocation, function, missing);
                }
            }
        }

        GC.KeepAlive(kernel);
        return missing;
    }

    private static void Try(CoreRelocator relocator, BpfInstruction[] code, LinkedCoreRelocation relocation, LinkedFunction function, List<BpfRelocationException> missing)
    {
        Span<BpfInstruction> own = code.AsSpan(function.Slot, function.SlotCount);
        int slot = relocation.Slot - function.Slot;
        try
        {
            relocator.Relocate(own, slot, relocation.Relocation, function.Name);
            if (CorePatcher.IsPoisoned(own[slot]))
            {
                missing.Add(relocator.Explain(relocation.Relocation, slot, function.Name));
            }
        }
        catch (BpfRelocationException e)
        {
            missing.Add(e);
        }
    }
}

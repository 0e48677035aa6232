namespace EbpfNet.Btf;

/// <summary>Sizes and alignments as a C compiler for BPF computes them.</summary>
internal static class BtfTypeSizes
{
    private const uint PointerSize = 8;

    public static bool TrySizeOf(BtfSpec spec, BtfTypeId id, out uint size)
    {
        ulong count = 1;
        BtfTypeId at = id;
        for (int depth = 0; depth < BtfSpec.MaxDepth; depth++)
        {
            uint? unit = null;
            switch (spec[at])
            {
                case BtfInt type:
                    unit = type.Size;
                    break;
                case BtfFloat type:
                    unit = type.Size;
                    break;
                case BtfComposite type:
                    unit = type.Size;
                    break;
                case BtfEnumeration type:
                    unit = type.Size;
                    break;
                case BtfDataSection type:
                    unit = type.Size;
                    break;
                case BtfPointer:
                    unit = PointerSize;
                    break;
                case BtfModifier type:
                    at = type.Target;
                    continue;
                case BtfVariable type:
                    at = type.Type;
                    continue;
                case BtfArray type:
                    // Both factors fit into 32 bits as long as this is checked at every step.
                    count = Checked(spec, id, count * type.Length);
                    at = type.ElementType;
                    continue;
            }

            size = unit is null ? 0 : (uint)Checked(spec, id, count * unit.Value);
            return unit is not null;
        }

        throw spec.TooDeep(id);
    }

    public static int AlignmentOf(BtfSpec spec, BtfTypeId id) => AlignmentOf(spec, id, 0, []);

    // Recursion over input: bounded by MaxDepth, and linear because the composites seen are remembered.
    private static int AlignmentOf(BtfSpec spec, BtfTypeId id, int depth, Dictionary<BtfTypeId, int> known)
    {
        if (depth == BtfSpec.MaxDepth)
        {
            throw spec.TooDeep(id);
        }

        return spec[id] switch
        {
            BtfInt type => OfScalar(type.Size),
            BtfFloat type => OfScalar(type.Size),
            BtfEnumeration type => OfScalar(type.Size),
            BtfPointer => (int)PointerSize,
            BtfModifier type => AlignmentOf(spec, type.Target, depth + 1, known),
            BtfVariable type => AlignmentOf(spec, type.Type, depth + 1, known),
            BtfArray type => AlignmentOf(spec, type.ElementType, depth + 1, known),
            BtfComposite type => OfComposite(spec, type, depth, known),
            _ => 1,
        };
    }

    private static int OfComposite(BtfSpec spec, BtfComposite type, int depth, Dictionary<BtfTypeId, int> known)
    {
        if (known.TryGetValue(type.Id, out int alignment))
        {
            // Zero marks one that is still being worked on, further up.
            return alignment != 0 ? alignment : throw spec.TooDeep(type.Id);
        }

        known[type.Id] = 0;
        alignment = 1;
        bool packed = false;
        foreach (BtfMember member in type.Members)
        {
            int own = AlignmentOf(spec, member.Type, depth + 1, known);
            packed |= !member.IsBitfield && member.BitOffset % (uint)(own * 8) != 0;
            alignment = Math.Max(alignment, own);
        }

        if (packed || type.Size % (uint)alignment != 0)
        {
            alignment = 1;
        }

        known[type.Id] = alignment;
        return alignment;
    }

    private static int OfScalar(uint size) => size switch
    {
        1 or 2 or 4 => (int)size,
        16 => 16,
        >= 8 => 8,
        _ => 1,
    };

    private static ulong Checked(BtfSpec spec, BtfTypeId id, ulong size) =>
        size <= uint.MaxValue ? size : throw spec.TypeError(id, $"type {id} is larger than 4 GiB");
}

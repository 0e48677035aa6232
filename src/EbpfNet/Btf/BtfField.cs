namespace EbpfNet.Btf;

/// <summary>A member of a struct or union as C code names it: one of an anonymous inner struct or union counts as one of the outermost.</summary>
/// <param name="Name">The member's name; never empty.</param>
/// <param name="Type">The declared type.</param>
/// <param name="BitOffset">The offset from the start of the outermost struct or union, in bits.</param>
/// <param name="BitfieldSize">The width in bits of a bit field, or 0 for an ordinary member.</param>
/// <param name="Parent">The struct or union that declares the member: the one asked for, or an anonymous one inside.</param>
public readonly record struct BtfField(string Name, BtfTypeId Type, uint BitOffset, byte BitfieldSize, BtfTypeId Parent)
{
    /// <summary>Whether the member is a bit field.</summary>
    public bool IsBitfield => BitfieldSize != 0;

    /// <summary>The offset in bytes; for a bit field that of the byte its first bit lies in.</summary>
    public uint ByteOffset => BitOffset / 8;
}

/// <summary>Walks members through anonymous structs and unions, without recursion.</summary>
internal static class BtfFieldWalker
{
    // Unions of unions may list the same members over and over: real types have some thousands at most.
    private const int MaxVisited = 1 << 20;

    public static IEnumerable<BtfField> Enumerate(BtfSpec spec, BtfTypeId id)
    {
        BtfTypeId target = spec.SkipModifiers(id);
        return spec[target] is BtfComposite outermost
            ? Enumerate(spec, outermost)
            : throw spec.TypeError(id, $"type {id} ({spec.Describe(id)}) is neither a struct nor a union");
    }

    private static IEnumerable<BtfField> Enumerate(BtfSpec spec, BtfComposite outermost)
    {
        var open = new Stack<(BtfComposite Type, int Next, uint Start)>();
        open.Push((outermost, 0, 0));
        for (int visited = 0; open.TryPop(out (BtfComposite Type, int Next, uint Start) at);)
        {
            if (at.Next == at.Type.Members.Length)
            {
                continue;
            }

            if (++visited > MaxVisited)
            {
                throw spec.TypeError(outermost.Id, $"type {outermost.Id} has more than {MaxVisited} members, anonymous ones included");
            }

            BtfMember member = at.Type.Members[at.Next];
            open.Push(at with { Next = at.Next + 1 });
            ulong start = (ulong)at.Start + member.BitOffset;
            if (start > uint.MaxValue)
            {
                throw spec.TypeError(at.Type.Id, $"member {at.Next} of type {at.Type.Id} lies more than 512 MiB from the start of type {outermost.Id}");
            }

            if (member.Name.Length != 0)
            {
                yield return Describe(spec, at.Type, member, (uint)start);
            }
            else if (spec[spec.SkipModifiers(member.Type)] is BtfComposite inner)
            {
                open.Push(open.Count < BtfSpec.MaxDepth ? (inner, 0, (uint)start) : throw spec.TooDeep(outermost.Id));
            }
        }
    }

    private static BtfField Describe(BtfSpec spec, BtfComposite parent, BtfMember member, uint start)
    {
        // Compilers before LLVM 8 put the place of a bit field into an integer type made for it.
        return !member.IsBitfield && spec[spec.SkipModifiers(member.Type)] is BtfInt { Bits: not 0 } type && type.Bits != type.Size * 8
            ? new BtfField(member.Name, member.Type, start + type.BitOffset, type.Bits, parent.Id)
            : new BtfField(member.Name, member.Type, start, member.BitfieldSize, parent.Id);
    }
}

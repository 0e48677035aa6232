using System.Globalization;

namespace EbpfNet.Btf;

/// <summary>Reads what a relocation is about: its access string, a list of indices such as <c>0:1:2</c>, along the object's own types.</summary>
internal static class CoreAccess
{
    public static bool IsAboutField(BtfCoreRelocationKind kind) => kind <= BtfCoreRelocationKind.FieldRightShift;

    public static bool IsAboutEnumerator(BtfCoreRelocationKind kind) => kind is BtfCoreRelocationKind.EnumeratorExists or BtfCoreRelocationKind.EnumeratorValue;

    public static bool IsAboutType(BtfCoreRelocationKind kind) => !IsAboutField(kind) && !IsAboutEnumerator(kind);

    /// <exception cref="BpfObjectFormatException">The access does not fit the type.</exception>
    public static void Read(CoreTypes types, in BtfCoreRelocation relocation, CorePath path)
    {
        path.Start(relocation.Type);
        if (IsAboutType(relocation.Kind))
        {
            if (relocation.Access != "0")
            {
                throw Malformed(relocation, "a relocation about a type as a whole has the access string '0'");
            }

            return;
        }

        Span<int> indices = stackalloc int[CorePath.MaxLength];
        indices = indices[..ReadIndices(relocation, indices)];
        path.Depth = indices.Length;
        BtfTypeId outermost = types.Skip(relocation.Type);
        BtfTypeView type = types.View(outermost);
        if (IsAboutEnumerator(relocation.Kind))
        {
            bool exists = type.IsEnumeration && indices.Length == 1 && indices[0] < type.Length;
            path.Add(exists ? new CoreStep(outermost, indices[0], IsNamed: true) : throw Malformed(relocation, "the type has no such enumerator"));
            return;
        }

        path.Add(new CoreStep(outermost, indices[0], IsNamed: false));
        path.BitOffset = SizeOf(types, outermost, relocation) * (ulong)indices[0] * 8;
        BtfTypeId at = outermost;
        foreach (int index in indices[1..])
        {
            at = Enter(types, types.Skip(at), index, path, relocation);
        }

        if (path.BitOffset > uint.MaxValue)
        {
            throw Malformed(relocation, "it leads further than 512 MiB from the start of the type");
        }
    }

    /// <summary>
    /// Whether an array may be longer than it says: the last member of a struct, declared with no length or with 0. Accesses are not limited then.
    /// </summary>
    public static bool IsFlexible(CoreTypes types, CoreStep member, uint length) =>
        member.IsNamed && length == 0 && member.Index == types.View(member.Type).Length - 1;

    private static BtfTypeId Enter(CoreTypes types, BtfTypeId id, int index, CorePath path, in BtfCoreRelocation relocation)
    {
        BtfTypeView type = types.View(id);
        switch (type.Kind)
        {
            case BtfKind.Struct or BtfKind.Union:
                if (index >= type.Length)
                {
                    throw Malformed(relocation, $"type {id} has {type.Length} members, and number {index} is meant");
                }

                path.BitOffset += type.MemberBitOffset(index);
                if (!type.IsMemberAnonymous(index))
                {
                    path.Add(new CoreStep(id, index, IsNamed: true));
                }

                return type.MemberType(index);
            case BtfKind.Array:
                if (!IsFlexible(types, path.Last, type.ArrayLength) && (uint)index >= type.ArrayLength)
                {
                    throw Malformed(relocation, $"array {id} has {type.ArrayLength} elements, and number {index} is meant");
                }

                BtfTypeId element = types.Skip(type.ElementType);
                path.Add(new CoreStep(element, index, IsNamed: false));
                path.BitOffset += SizeOf(types, element, relocation) * (ulong)index * 8;
                return element;
            default:
                throw Malformed(relocation, $"type {id} is a {type.Kind}, which has no parts");
        }
    }

    private static int ReadIndices(in BtfCoreRelocation relocation, Span<int> indices)
    {
        int count = 0;
        foreach (Range part in relocation.Access.AsSpan().Split(':'))
        {
            if (count == indices.Length)
            {
                throw Malformed(relocation, $"it has more than {CorePath.MaxLength} indices");
            }

            if (!int.TryParse(relocation.Access.AsSpan()[part], NumberStyles.None, CultureInfo.InvariantCulture, out indices[count++]))
            {
                throw Malformed(relocation, "numbers joined by colons were expected");
            }
        }

        return count;
    }

    private static ulong SizeOf(CoreTypes types, BtfTypeId id, in BtfCoreRelocation relocation) =>
        types.TrySizeOf(id, out uint size) ? size : throw Malformed(relocation, $"type {id} ({types.Spec.Describe(id)}) has no size");

    private static BpfObjectFormatException Malformed(in BtfCoreRelocation relocation, string problem) => new(
        $"the CO-RE relocation ({relocation.Kind}) of the instruction at 0x{relocation.InstructionOffset:x} has an access to type {relocation.Type} that makes no sense ('{relocation.Access}'): {problem}", ".BTF.ext");
}

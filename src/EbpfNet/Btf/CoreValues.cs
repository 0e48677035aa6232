namespace EbpfNet.Btf;

/// <summary>What a relocation asks for, on one side.</summary>
internal struct CoreValue
{
    /// <summary>The number.</summary>
    public ulong Number;

    /// <summary>For the place of a field, what a load of it loads: the size of the field, or of the elements of an array. 0 for bit fields and other questions.</summary>
    public uint AccessSize;

    /// <summary>For the place of a field, its type.</summary>
    public BtfTypeId AccessType;

    /// <summary>Whether the compiler is sure to have put the object's number into the instruction.</summary>
    public bool IsCertain;

    /// <summary>Whether the number is an enumerator's of 32 bits, which some compilers extend by sign and others with zeros.</summary>
    public bool IsNarrow;

    /// <summary>Why there is no number; null when there is.</summary>
    public string? Problem;
}

/// <summary>Answers the questions of relocations about one side's types, the object's or the kernel's, once the access is found there.</summary>
internal static class CoreValues
{
    /// <summary>The answer for a side that has what is asked about.</summary>
    public static CoreValue Get(BtfCoreRelocationKind kind, CoreTypes types, CorePath path) => kind switch
    {
        BtfCoreRelocationKind.FieldExists or BtfCoreRelocationKind.EnumeratorExists or BtfCoreRelocationKind.TypeExists or BtfCoreRelocationKind.TypeMatches => Certain(1),
        BtfCoreRelocationKind.TypeIdLocal or BtfCoreRelocationKind.TypeIdTarget => new CoreValue { Number = path.Root.Value },
        BtfCoreRelocationKind.TypeSize => types.TrySizeOf(path.Root, out uint size) ? Certain(size) : Impossible("the type has no size"),
        BtfCoreRelocationKind.EnumeratorValue => GetEnumerator(types.View(path.Last.Type), path.Last.Index),
        _ => path.Last.IsNamed ? GetMember(kind, types, path) : GetElement(kind, types, path),
    };

    /// <summary>The answer for a side that does not have it; null when there is none, and the instruction must not be reached.</summary>
    public static CoreValue? GetForMissing(BtfCoreRelocationKind kind) => kind switch
    {
        BtfCoreRelocationKind.FieldExists or BtfCoreRelocationKind.EnumeratorExists => Certain(0),
        _ when CoreAccess.IsAboutType(kind) => Certain(0),
        _ => null,
    };

    private static CoreValue Certain(ulong number) => new() { Number = number, IsCertain = true };

    private static CoreValue Impossible(string problem) => new() { Problem = problem };

    private static CoreValue GetEnumerator(BtfTypeView type, int index) =>
        new() { Number = type.EnumeratorValue(index), IsCertain = true, IsNarrow = type.Kind == BtfKind.Enum };

    private static CoreValue GetElement(BtfCoreRelocationKind kind, CoreTypes types, CorePath path)
    {
        BtfTypeId element = path.Last.Type;
        switch (kind)
        {
            case BtfCoreRelocationKind.FieldByteOffset:
                return types.TrySizeOf(types.SkipArrays(element), out uint unit)
                    ? new CoreValue { Number = path.BitOffset / 8, AccessSize = unit, AccessType = element, IsCertain = true }
                    : Impossible("the elements have no size");
            case BtfCoreRelocationKind.FieldByteSize:
                return types.TrySizeOf(element, out uint size) ? Certain(size) : Impossible("the elements have no size");
            default:
                return Impossible("only the place and the size of an array's element can be asked for");
        }
    }

    private static CoreValue GetMember(BtfCoreRelocationKind kind, CoreTypes types, CorePath path)
    {
        BtfTypeView parent = types.View(path.Last.Type);
        BtfTypeId fieldType = types.Skip(parent.MemberType(path.Last.Index));
        BtfTypeView field = types.View(fieldType);
        uint bits = parent.MemberBitfieldSize(path.Last.Index);
        bool isBitfield = bits > 0;
        uint bitOffset = (uint)path.BitOffset;
        if (!TryFindUnit(types, fieldType, bitOffset, bits, out uint byteOffset, out uint byteSize))
        {
            return Impossible(isBitfield ? "no load of 8 bytes or less covers the bit field" : "the field has no size");
        }

        bits = isBitfield ? bits : byteSize * 8;
        uint bitEnd = bitOffset + bits - (byteOffset * 8);
        switch (kind)
        {
            case BtfCoreRelocationKind.FieldByteOffset when isBitfield:
                return new CoreValue { Number = byteOffset };
            case BtfCoreRelocationKind.FieldByteOffset:
                return types.TrySizeOf(types.SkipArrays(fieldType), out uint unit)
                    ? new CoreValue { Number = byteOffset, AccessSize = unit, AccessType = fieldType, IsCertain = true }
                    : Impossible("the elements have no size");
            case BtfCoreRelocationKind.FieldByteSize:
                return new CoreValue { Number = byteSize, IsCertain = !isBitfield };
            case BtfCoreRelocationKind.FieldSigned:
                bool isSigned = (field.IsEnumeration && field.Flag) || (field.Kind == BtfKind.Int && (field.IntEncoding & BtfIntEncoding.Signed) != 0);
                return Certain(isSigned ? 1u : 0u);
            case BtfCoreRelocationKind.FieldLeftShift:
                uint shift = types.Spec.IsBigEndian ? ((8 - byteSize) * 8) + (bitOffset - (byteOffset * 8)) : 64 - bitEnd;
                return new CoreValue { Number = shift, IsCertain = !isBitfield };
            case BtfCoreRelocationKind.FieldRightShift:
                return Certain(64 - bits);
            default:
                throw new InvalidOperationException($"{kind} is not about a member.");
        }
    }

    /// <summary>The bytes to load for a member: itself, or for a bit field the smallest aligned unit, starting from its type's size, that covers it.</summary>
    private static bool TryFindUnit(CoreTypes types, BtfTypeId type, uint bitOffset, uint bits, out uint byteOffset, out uint byteSize)
    {
        byteOffset = bitOffset / 8;
        bool hasSize = types.TrySizeOf(type, out byteSize);
        if (!hasSize || bits == 0)
        {
            return hasSize;
        }

        for (; byteSize != 0; byteSize *= 2)
        {
            byteOffset = bitOffset / 8 / byteSize * byteSize;
            if (bitOffset + bits - (byteOffset * 8) <= byteSize * 8)
            {
                return true;
            }

            if (byteSize >= 8)
            {
                return false;
            }
        }

        return false;
    }
}

namespace EbpfNet.Btf;

/// <summary>Writes types as the 32-bit words that BTF stores, the inverse of <see cref="BtfTypeDecoder"/>.</summary>
internal static class BtfTypeEncoder
{
    private const uint MaxBitfieldOffset = 0x00FF_FFFF;

    /// <summary>Complains about a type that BTF cannot express, before it is taken.</summary>
    public static void Check(BtfType type)
    {
        switch (type)
        {
            case BtfVoid or BtfOpaque:
                throw new ArgumentException($"A type of kind {type.Kind} cannot be added to BTF.", nameof(type));
            case BtfComposite composite:
                CheckLength(composite.Members.Length, type);
                if (HasBitfields(composite) && composite.Members.Any(member => member.BitOffset > MaxBitfieldOffset))
                {
                    throw new ArgumentException($"{type.Kind} {type.Name} has bit fields, so that none of its members may start beyond bit 0x{MaxBitfieldOffset:x}.", nameof(type));
                }

                break;
            case BtfEnumeration enumeration:
                CheckLength(enumeration.Enumerators.Length, type);
                foreach (BtfEnumerator enumerator in enumeration.Enumerators)
                {
                    if (type is BtfEnum && enumerator.Value != (enumeration.IsSigned ? (int)enumerator.Value : (uint)enumerator.Value))
                    {
                        throw new ArgumentException($"The value {enumerator.Value} of {enumerator.Name} does not fit into the 32 bits of enum {type.Name}.", nameof(type));
                    }
                }

                break;
            case BtfFunctionPrototype prototype:
                CheckLength(prototype.Parameters.Length + 1, type);
                if (!prototype.IsVariadic && !prototype.Parameters.IsEmpty && prototype.Parameters[^1] is { Name: "", Type.IsVoid: true })
                {
                    throw new ArgumentException("A last parameter without name and type is how BTF writes \"...\": make the prototype variadic instead.", nameof(type));
                }

                break;
            case BtfDataSection section:
                CheckLength(section.Entries.Length, type);
                break;
        }
    }

    public static void Encode(BtfType type, BtfStringPool strings, List<uint> words)
    {
        switch (type)
        {
            case BtfInt t:
                Header(strings, words, t, 0, false, t.Size);
                words.Add(((uint)t.Encoding << 24) | ((uint)t.BitOffset << 16) | t.Bits);
                break;
            case BtfFloat t:
                Header(strings, words, t, 0, false, t.Size);
                break;
            case BtfPointer t:
                Header(strings, words, t, 0, false, t.Target.Value);
                break;
            case BtfArray t:
                Header(strings, words, t, 0, false, 0);
                words.AddRange([t.ElementType.Value, t.IndexType.Value, t.Length]);
                break;
            case BtfComposite t:
                EncodeComposite(t, strings, words);
                break;
            case BtfEnumeration t:
                EncodeEnumeration(t, strings, words);
                break;
            case BtfForward t:
                Header(strings, words, t, 0, t.IsUnion, 0);
                break;
            case BtfModifier t:
                Header(strings, words, t, 0, t is BtfTypeTag { IsAttribute: true }, t.Target.Value);
                break;
            case BtfFunction t:
                Header(strings, words, t, (uint)t.Linkage & BtfEncoding.MaxVariableLength, false, t.Prototype.Value);
                break;
            case BtfFunctionPrototype t:
                EncodePrototype(t, strings, words);
                break;
            case BtfVariable t:
                Header(strings, words, t, 0, false, t.Type.Value);
                words.Add((uint)t.Linkage);
                break;
            case BtfDataSection t:
                Header(strings, words, t, (uint)t.Entries.Length, false, t.Size);
                foreach (BtfSectionEntry entry in t.Entries)
                {
                    words.AddRange([entry.Variable.Value, entry.Offset, entry.Size]);
                }

                break;
            case BtfDeclTag t:
                Header(strings, words, t, 0, t.IsAttribute, t.Target.Value);
                words.Add((uint)t.ComponentIndex);
                break;
            default:
                throw new ArgumentException($"A type of kind {type.Kind} cannot be written.", nameof(type));
        }
    }

    private static void EncodeComposite(BtfComposite type, BtfStringPool strings, List<uint> words)
    {
        bool bitfields = HasBitfields(type);
        Header(strings, words, type, (uint)type.Members.Length, bitfields, type.Size);
        foreach (BtfMember member in type.Members)
        {
            words.AddRange([strings.Add(member.Name), member.Type.Value, bitfields ? member.BitOffset | ((uint)member.BitfieldSize << 24) : member.BitOffset]);
        }
    }

    private static void EncodeEnumeration(BtfEnumeration type, BtfStringPool strings, List<uint> words)
    {
        Header(strings, words, type, (uint)type.Enumerators.Length, type.IsSigned, type.Size);
        foreach (BtfEnumerator enumerator in type.Enumerators)
        {
            words.AddRange([strings.Add(enumerator.Name), (uint)enumerator.Value]);
            if (type is BtfEnum64)
            {
                words.Add((uint)(enumerator.UnsignedValue >> 32));
            }
        }
    }

    private static void EncodePrototype(BtfFunctionPrototype type, BtfStringPool strings, List<uint> words)
    {
        Header(strings, words, type, (uint)type.Parameters.Length + (type.IsVariadic ? 1u : 0), false, type.ReturnType.Value);
        foreach (BtfParameter parameter in type.Parameters)
        {
            words.AddRange([strings.Add(parameter.Name), parameter.Type.Value]);
        }

        if (type.IsVariadic)
        {
            words.AddRange([0, 0]);
        }
    }

    private static void Header(BtfStringPool strings, List<uint> words, BtfType type, uint length, bool kindFlag, uint sizeOrType) =>
        words.AddRange([strings.Add(type.Name), BtfEncoding.Info(type.Kind, length, kindFlag), sizeOrType]);

    private static bool HasBitfields(BtfComposite type) => type.Members.Any(member => member.IsBitfield);

    private static void CheckLength(int length, BtfType type)
    {
        if (length > BtfEncoding.MaxVariableLength)
        {
            throw new ArgumentException($"{type.Kind} {type.Name} has {length} entries: BTF can count {BtfEncoding.MaxVariableLength} at most.", nameof(type));
        }
    }
}

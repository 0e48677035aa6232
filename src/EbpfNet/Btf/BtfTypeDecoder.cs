using System.Runtime.InteropServices;
using EbpfNet.Buffers;

namespace EbpfNet.Btf;

/// <summary>Makes the object for one type from bytes that <see cref="BtfTypeWalker"/> has checked.</summary>
internal static class BtfTypeDecoder
{
    /// <param name="spec">The spec that the type belongs to, for its strings.</param>
    /// <param name="reader">Stands at the type's header.</param>
    /// <param name="id">The type's id.</param>
    public static BtfType Decode(BtfSpec spec, ref SpanReader reader, BtfTypeId id)
    {
        string name = spec.Strings.GetName(reader.ReadUInt32());
        uint info = reader.ReadUInt32();
        uint word = reader.ReadUInt32();
        uint length = BtfEncoding.VariableLength(info);
        bool flag = BtfEncoding.HasKindFlag(info);
        var type = new BtfTypeId(word);
        BtfKind kind = BtfEncoding.Kind(info);
        switch (kind)
        {
            case BtfKind.Int:
                uint bits = reader.ReadUInt32();
                return new BtfInt(name, word, (BtfIntEncoding)((bits >> 24) & 0xF), (byte)(bits >> 16), (byte)bits) { Id = id };
            case BtfKind.Pointer:
                return new BtfPointer(type) { Id = id };
            case BtfKind.Array:
                return new BtfArray(new BtfTypeId(reader.ReadUInt32()), new BtfTypeId(reader.ReadUInt32()), reader.ReadUInt32()) { Id = id };
            case BtfKind.Struct:
                return new BtfStruct(name, word, ImmutableCollectionsMarshal.AsImmutableArray(ReadMembers(spec, ref reader, length, flag))) { Id = id };
            case BtfKind.Union:
                return new BtfUnion(name, word, ImmutableCollectionsMarshal.AsImmutableArray(ReadMembers(spec, ref reader, length, flag))) { Id = id };
            case BtfKind.Enum:
                return new BtfEnum(name, word, flag, ImmutableCollectionsMarshal.AsImmutableArray(ReadEnumerators(spec, ref reader, length, flag, wide: false))) { Id = id };
            case BtfKind.Enum64:
                return new BtfEnum64(name, word, flag, ImmutableCollectionsMarshal.AsImmutableArray(ReadEnumerators(spec, ref reader, length, flag, wide: true))) { Id = id };
            case BtfKind.Forward:
                return new BtfForward(name, flag) { Id = id };
            case BtfKind.Typedef:
                return new BtfTypedef(name, type) { Id = id };
            case BtfKind.Volatile:
                return new BtfVolatile(type) { Id = id };
            case BtfKind.Const:
                return new BtfConst(type) { Id = id };
            case BtfKind.Restrict:
                return new BtfRestrict(type) { Id = id };
            case BtfKind.TypeTag:
                return new BtfTypeTag(name, type, flag) { Id = id };
            case BtfKind.Function:
                return new BtfFunction(name, type, (BtfFunctionLinkage)length) { Id = id };
            case BtfKind.FunctionPrototype:
                BtfParameter[] parameters = ReadParameters(spec, ref reader, length, out bool variadic);
                return new BtfFunctionPrototype(type, variadic, ImmutableCollectionsMarshal.AsImmutableArray(parameters)) { Id = id };
            case BtfKind.Variable:
                return new BtfVariable(name, type, (BtfVariableLinkage)reader.ReadUInt32()) { Id = id };
            case BtfKind.DataSection:
                return new BtfDataSection(name, word, ImmutableCollectionsMarshal.AsImmutableArray(ReadEntries(ref reader, length))) { Id = id };
            case BtfKind.Float:
                return new BtfFloat(name, word) { Id = id };
            case BtfKind.DeclTag:
                return new BtfDeclTag(name, type, reader.ReadInt32(), flag) { Id = id };
            default:
                return new BtfOpaque(kind, name) { Id = id };
        }
    }

    private static BtfMember[] ReadMembers(BtfSpec spec, ref SpanReader reader, uint count, bool hasBitfields)
    {
        reader.RequireRecords(count, 12, "members");
        var members = new BtfMember[count];
        for (int i = 0; i < members.Length; i++)
        {
            string name = spec.Strings.GetName(reader.ReadUInt32());
            var type = new BtfTypeId(reader.ReadUInt32());
            uint offset = reader.ReadUInt32();
            members[i] = hasBitfields
                ? new BtfMember(name, type, offset & 0x00FF_FFFF, (byte)(offset >> 24))
                : new BtfMember(name, type, offset);
        }

        return members;
    }

    private static BtfEnumerator[] ReadEnumerators(BtfSpec spec, ref SpanReader reader, uint count, bool signed, bool wide)
    {
        reader.RequireRecords(count, wide ? 12u : 8u, "enumerators");
        var enumerators = new BtfEnumerator[count];
        for (int i = 0; i < enumerators.Length; i++)
        {
            string name = spec.Strings.GetName(reader.ReadUInt32());
            uint low = reader.ReadUInt32();
            long value = wide ? (long)(low | ((ulong)reader.ReadUInt32() << 32)) : signed ? (int)low : low;
            enumerators[i] = new BtfEnumerator(name, value);
        }

        return enumerators;
    }

    private static BtfParameter[] ReadParameters(BtfSpec spec, ref SpanReader reader, uint count, out bool variadic)
    {
        reader.RequireRecords(count, 8, "parameters");
        var parameters = new BtfParameter[count];
        variadic = false;
        for (int i = 0; i < parameters.Length; i++)
        {
            uint nameOffset = reader.ReadUInt32();
            var type = new BtfTypeId(reader.ReadUInt32());
            parameters[i] = new BtfParameter(spec.Strings.GetName(nameOffset), type);
            variadic = nameOffset == 0 && type.IsVoid;
        }

        // A last parameter without name and type is how BTF writes "...".
        return variadic ? parameters[..^1] : parameters;
    }

    private static BtfSectionEntry[] ReadEntries(ref SpanReader reader, uint count)
    {
        reader.RequireRecords(count, 12, "variables");
        var entries = new BtfSectionEntry[count];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = new BtfSectionEntry(new BtfTypeId(reader.ReadUInt32()), reader.ReadUInt32(), reader.ReadUInt32());
        }

        return entries;
    }
}

using System.Collections.Immutable;
using EbpfNet.Btf;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Btf;

/// <summary>Random types of all 19 kinds that refer to each other in any way at all, loops included.</summary>
internal static class BtfGenerators
{
    private static readonly Gen<string> Name = Gen.OneOf(
        Gen.Elements("int", "char", "list_head", "a", "ab", "abcdefgh", "abcdefghi", "länge", "名前", "very_long_name_" + new string('x', 300)),
        Gen.Elements('a', 'b', '_', '9').ArrayOf().Select(letters => new string(letters)));

    private static readonly Gen<string> NameOrNothing = Gen.OneOf(Gen.Constant(""), Name);

    // Every bit pattern, small numbers more often.
    private static readonly Gen<uint> Word = Gen.OneOf(
        Gen.Choose(0, 100).Select(value => (uint)value),
        Gen.Elements(0u, 1u, 0x7FFF_FFFFu, 0x8000_0000u, 0xFFFF_FFFFu),
        from high in Gen.Choose(0, 0xFFFF) from low in Gen.Choose(0, 0xFFFF) select ((uint)high << 16) | (uint)low);

    private static readonly Gen<bool> Flag = Gen.Elements(true, false);

    /// <summary>Types whose ids run from <paramref name="firstId"/>; they refer to each other and to all before.</summary>
    public static Gen<BtfType[]> Graph(uint firstId = 1) =>
        from count in Gen.Choose(0, 25)
        from types in Type(firstId + (uint)count).ArrayOf(count)
        select types;

    /// <summary>A type that refers to ids below a bound.</summary>
    public static Gen<BtfType> Type(uint idEnd)
    {
        Gen<BtfTypeId> id = Gen.Choose(0, (int)idEnd - 1).Select(value => new BtfTypeId((uint)value));
        return Gen.OneOf(
            from name in Name
            from size in Gen.Choose(0, 16)
            from encoding in Gen.Choose(0, 15)
            from offset in Gen.Choose(0, 255)
            from bits in Gen.Choose(0, 255)
            select (BtfType)new BtfInt(name, (uint)size, (BtfIntEncoding)encoding, (byte)offset, (byte)bits),
            from name in Name from size in Word select (BtfType)new BtfFloat(name, size),
            from target in id select (BtfType)new BtfPointer(target),
            from element in id from index in id from length in Word select (BtfType)new BtfArray(element, index, length),
            from name in NameOrNothing from size in Word from members in Members(id) select (BtfType)new BtfStruct(name, size, members),
            from name in NameOrNothing from size in Word from members in Members(id) select (BtfType)new BtfUnion(name, size, members),
            from signed in Flag from name in NameOrNothing from size in Word from list in Enumerators(signed, wide: false) select (BtfType)new BtfEnum(name, size, signed, list),
            from signed in Flag from name in NameOrNothing from size in Word from list in Enumerators(signed, wide: true) select (BtfType)new BtfEnum64(name, size, signed, list),
            from name in Name from union in Flag select (BtfType)new BtfForward(name, union),
            from name in Name from target in id select (BtfType)new BtfTypedef(name, target),
            from target in id select (BtfType)new BtfVolatile(target),
            from target in id select (BtfType)new BtfConst(target),
            from target in id select (BtfType)new BtfRestrict(target),
            from name in Name from target in id from attribute in Flag select (BtfType)new BtfTypeTag(name, target, attribute),
            from name in Name from prototype in id from linkage in Gen.Choose(0, 3) select (BtfType)new BtfFunction(name, prototype, (BtfFunctionLinkage)linkage),
            from result in id from variadic in Flag from parameters in Parameters(id) select (BtfType)new BtfFunctionPrototype(result, variadic, parameters),
            from name in Name from type in id from linkage in Gen.Choose(0, 3) select (BtfType)new BtfVariable(name, type, (BtfVariableLinkage)linkage),
            from name in Name from size in Word from entries in Entries(id) select (BtfType)new BtfDataSection(name, size, entries),
            from name in Name from target in id from index in Gen.Choose(-1, 10) from attribute in Flag select (BtfType)new BtfDeclTag(name, target, index, attribute));
    }

    public static BtfBuilder Build(IEnumerable<BtfType> types, bool bigEndian = false, BtfSpec? baseSpec = null)
    {
        var builder = new BtfBuilder(bigEndian, baseSpec);
        foreach (BtfType type in types)
        {
            builder.Add(type);
        }

        return builder;
    }

    private static Gen<ImmutableArray<BtfMember>> Members(Gen<BtfTypeId> id) =>
        from bitfields in Flag
        from members in List(
            from name in NameOrNothing
            from type in id
            from offset in Word
            from size in Gen.Choose(0, 255)
            select new BtfMember(name, type, bitfields ? offset & 0xFF_FFFF : offset, (byte)(bitfields ? size : 0)))
        select members;

    private static Gen<ImmutableArray<BtfEnumerator>> Enumerators(bool signed, bool wide) => List(
        from name in Name
        from low in Word
        from high in Word
        select new BtfEnumerator(name, wide ? (long)(low | ((ulong)high << 32)) : signed ? (int)low : low));

    // A last one without name and type would stand for "...".
    private static Gen<ImmutableArray<BtfParameter>> Parameters(Gen<BtfTypeId> id) => List(
        from name in NameOrNothing
        from type in id
        select new BtfParameter(type.IsVoid && name.Length == 0 ? "p" : name, type));

    private static Gen<ImmutableArray<BtfSectionEntry>> Entries(Gen<BtfTypeId> id) => List(
        from variable in id
        from offset in Word
        from size in Word
        select new BtfSectionEntry(variable, offset, size));

    private static Gen<ImmutableArray<T>> List<T>(Gen<T> element) =>
        from count in Gen.Choose(0, 6)
        from elements in element.ArrayOf(count)
        select ImmutableArray.Create(elements);
}

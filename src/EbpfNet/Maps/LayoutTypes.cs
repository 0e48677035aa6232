using System.Collections.Immutable;
using System.Globalization;
using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>A C# type's layout as BTF: names, offsets and sizes, so that tools show its fields. Which numbers are signed is not known.</summary>
internal static class LayoutTypes
{
    /// <summary>Adds a type and those of its fields.</summary>
    public static BtfTypeId Add(BtfBuilder builder, string name, BpfTypeLayout layout)
    {
        if (layout.Fields.IsEmpty)
        {
            return AddPlain(builder, layout.Size);
        }

        ImmutableArray<BtfMember>.Builder members = ImmutableArray.CreateBuilder<BtfMember>(layout.Fields.Length);
        foreach (BpfFieldLayout field in layout.Fields.OrderBy(field => field.Offset))
        {
            BtfTypeId type = field.Type is { } nested ? Add(builder, "", nested) : AddPlain(builder, field.Size);
            members.Add(new BtfMember(IsName(field.Name) ? field.Name : "", type, (uint)field.Offset * 8));
        }

        return builder.AddStruct(IsName(name) ? name : "", (uint)layout.Size, members.DrainToImmutable());
    }

    private static BtfTypeId AddPlain(BtfBuilder builder, int size)
    {
        if (size is 1 or 2 or 4 or 8)
        {
            return builder.AddInt(string.Create(CultureInfo.InvariantCulture, $"u{size * 8}"), (uint)size);
        }

        BtfTypeId bytes = builder.AddInt("u8", 1);
        return builder.AddArray(bytes, builder.AddInt("u32", sizeof(uint)), (uint)size);
    }

    /// <summary>What the kernel takes for a name: C's identifiers, of no more than 127 characters.</summary>
    private static bool IsName(string text) =>
        text.Length is > 0 and < 128 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}

using System.Globalization;
using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>Compares a C# type with a type of BTF, field by field: names, offsets and sizes.</summary>
/// <param name="btf">The types of the object.</param>
/// <param name="typeName">The C# type, for messages.</param>
/// <param name="target">What it is to describe, for messages.</param>
internal sealed class LayoutComparer(BtfSpec btf, string typeName, string target)
{
    /// <exception cref="BpfLayoutException">They differ.</exception>
    public void Compare(BpfTypeLayout layout, BtfTypeId type)
    {
        Compare(layout, type, path: "", start: 0);
        if (btf.TrySizeOf(type, out uint size) && layout.Size != size)
        {
            throw new BpfLayoutException(typeName, target, $"{BpfLayout.SizeProblem(layout, checked((int)size))} ({btf.Describe(type)})", actualOffset: layout.Size, expectedOffset: (int)size);
        }
    }

    private void Compare(BpfTypeLayout layout, BtfTypeId type, string path, int start)
    {
        // Numbers, enumerations, pointers and arrays have no fields to compare: their size is all there is.
        if (layout.Fields.IsEmpty || btf[btf.SkipModifiers(type)] is not BtfComposite composite)
        {
            return;
        }

        string typeText = btf.Describe(composite.Id);
        List<Member> members = [.. btf.EnumerateFields(composite.Id).Select(field => new Member(field, SizeInBits(field)))];
        foreach (BpfFieldLayout field in layout.Fields)
        {
            if (IsPadding(field.Name) && !field.IsExactName)
            {
                MarkCovered(members, field, onlyWhole: true);
            }
            else if (Find(members, field) is { } member)
            {
                CompareField(field, member, typeText, path, start);
                member.IsMatched = true;
                MarkCovered(members, field, onlyWhole: member.Field.IsBitfield);
            }
            else if (field.End > composite.Size || !IsCounterpartOptional(members, field))
            {
                string names = string.Join(", ", members.Select(other => other.Field.Name));
                throw Problem(field, path, start, expected: null, $"field '{path}{field.Name}' has no counterpart in {typeText}, whose fields are {names}; rename it, or name its counterpart with [BpfField(\"…\")]");
            }
            else
            {
                MarkCovered(members, field, onlyWhole: true);
            }
        }

        if (members.Find(member => !member.IsAccountedFor(members)) is { } missing)
        {
            throw new BpfLayoutException(typeName, target, string.Create(CultureInfo.InvariantCulture, $"there is no field for '{path}{missing.Field.Name}', which is at offset {start + missing.Field.ByteOffset} of {typeText}; add one, or a field called _pad where it is"), path + missing.Field.Name, expectedOffset: start + (int)missing.Field.ByteOffset);
        }
    }

    private void CompareField(BpfFieldLayout field, Member member, string typeText, string path, int start)
    {
        BtfField expected = member.Field;
        int offset = (int)expected.ByteOffset;
        string declaration = btf.Describe(expected.Type, expected.Name);
        if (expected.IsBitfield)
        {
            // Any storage unit will do that the bits lie in.
            if (field.Offset * 8L > member.FirstBit || field.End * 8L < member.EndBit)
            {
                throw Problem(field, path, start, offset, $"field '{path}{field.Name}' has bytes {start + field.Offset} to {start + field.End - 1} in C#, but the bit field '{expected.Name}' is at bits {(start * 8L) + member.FirstBit} to {(start * 8L) + member.EndBit - 1} of {typeText}; give it the offset and size of the storage unit");
            }

            return;
        }

        if (field.Offset != offset)
        {
            throw Problem(field, path, start, offset, $"field '{path}{field.Name}' is at offset {start + field.Offset} in C#, but '{declaration}' is at offset {start + offset} of {typeText}; put the fields in the order that C has them and the padding between them, or use [FieldOffset]");
        }

        if (field.Size * 8L != member.EndBit - member.FirstBit)
        {
            throw Problem(field, path, start, offset, $"field '{path}{field.Name}' has {field.Size} bytes in C#, but '{declaration}' in {typeText} has {(member.EndBit - member.FirstBit) / 8}; note that bool has 1 byte and char 2 in C#");
        }

        if (field.Type is { } nested)
        {
            Compare(nested, expected.Type, $"{path}{field.Name}.", start + field.Offset);
        }
    }

    private BpfLayoutException Problem(BpfFieldLayout field, string path, int start, int? expected, FormattableString problem) =>
        new(typeName, target, problem.ToString(CultureInfo.InvariantCulture), path + field.Name, start + field.Offset, start + expected);

    private long SizeInBits(BtfField field) =>
        field.IsBitfield ? field.BitfieldSize : btf.TrySizeOf(field.Type, out uint size) ? size * 8L : 0;

    private static Member? Find(List<Member> members, BpfFieldLayout field)
    {
        if (field.IsExactName)
        {
            return members.Find(member => member.Field.Name == field.Name);
        }

        // Names that differ by case and underscores only can stand for several: then the one in the right place is meant.
        string name = Plain(field.Name);
        List<Member> candidates = members.FindAll(member => Plain(member.Field.Name) == name);
        return candidates.Find(member => member.Field.ByteOffset == field.Offset) ?? candidates.FirstOrDefault();
    }

    /// <summary>A field without a counterpart is in order where C has only padding, or only bit fields that it covers as a whole.</summary>
    private static bool IsCounterpartOptional(List<Member> members, BpfFieldLayout field) => members.TrueForAll(member =>
        member.EndBit <= field.Offset * 8L || member.FirstBit >= field.End * 8L || (member.Field.IsBitfield && member.LiesIn(field)));

    private static void MarkCovered(List<Member> members, BpfFieldLayout field, bool onlyWhole)
    {
        foreach (Member member in members)
        {
            member.IsCovered |= onlyWhole && member.LiesIn(field);
        }
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private static bool IsPadding(string name)
    {
        ReadOnlySpan<char> plain = Plain(name);
        if (!plain.StartsWith("PAD", StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> rest = plain.StartsWith("PADDING", StringComparison.Ordinal) ? plain[7..] : plain[3..];
        return name.StartsWith('_') || rest.IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private sealed class Member(BtfField field, long bits)
    {
        public BtfField Field { get; } = field;

        public long FirstBit => Field.BitOffset;

        public long EndBit => Field.BitOffset + bits;

        /// <summary>Whether a C# field of this name was found.</summary>
        public bool IsMatched { get; set; }

        /// <summary>Whether a C# field for padding, or one for several bit fields, holds its bytes.</summary>
        public bool IsCovered { get; set; }

        public bool LiesIn(BpfFieldLayout field) => field.Offset * 8L <= FirstBit && EndBit <= field.End * 8L;

        /// <summary>Found, left out on purpose, without content, or in a union with one that was found.</summary>
        public bool IsAccountedFor(List<Member> all) =>
            IsMatched || IsCovered || EndBit == FirstBit || IsPadding(Field.Name)
            || all.Exists(other => other.IsMatched && other.FirstBit < EndBit && FirstBit < other.EndBit);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace EbpfNet.Btf;

/// <summary>Goes through a value as its type says, and hands each part on.</summary>
internal sealed class BtfValueWalker(BtfSpec spec, IBtfValueSink sink)
{
    // Unions within unions show the same bytes over and over: real values have some thousands of parts.
    private const int MostParts = 1 << 20;
    private const int BitsPerByte = 8;
    private const int WideBytes = 16;

    private static readonly SearchValues<byte> ControlCharacters = SearchValues.Create([.. Enumerable.Range(0, ' ').Append(0x7f).Where(code => code is not ('\t' or '\n')).Select(code => (byte)code)]);

    private int _parts;

    public void Walk(BtfTypeId type, ReadOnlySpan<byte> value)
    {
        if (spec.TrySizeOf(type, out uint size) && size > (uint)value.Length)
        {
            throw spec.TypeError(type, $"type {type} ({spec.Describe(type)}) has {size} bytes, and the value {value.Length}");
        }

        Walk(type, value, 0);
    }

    // Recursion over input: bounded by MaxDepth.
    private void Walk(BtfTypeId id, ReadOnlySpan<byte> value, int depth)
    {
        if (depth == BtfSpec.MaxDepth)
        {
            throw spec.TooDeep(id);
        }

        if (++_parts > MostParts)
        {
            throw spec.TypeError(id, $"a value of type {id} has more than {MostParts} parts");
        }

        BtfType type = spec[spec.SkipModifiers(id)];
        switch (type)
        {
            case BtfInt integer:
                WriteInteger(integer, Slice(type, value, 0, integer.Size));
                break;
            case BtfFloat real:
                WriteReal(Slice(type, value, 0, real.Size));
                break;
            case BtfEnumeration enumeration:
                WriteEnumeration(enumeration, ReadBits(Slice(type, value, 0, enumeration.Size), 0, (int)enumeration.Size * BitsPerByte));
                break;
            case BtfPointer:
                sink.Pointer((ulong)ReadBits(Slice(type, value, 0, sizeof(ulong)), 0, sizeof(ulong) * BitsPerByte));
                break;
            case BtfArray array:
                WriteArray(array, value, depth);
                break;
            case BtfComposite composite:
                sink.BeginStruct();
                WriteMembers(composite, value, 0, depth);
                sink.EndStruct();
                break;
            case BtfVariable variable:
                Walk(variable.Type, value, depth + 1);
                break;
            case BtfDataSection { Entries.IsEmpty: false } section:
                WriteSection(section, value, depth);
                break;
            default:
                sink.Bytes(value);
                break;
        }
    }

    /// <param name="composite">The struct or union.</param>
    /// <param name="value">The bytes of the outermost struct of which it is an anonymous part, or its own.</param>
    /// <param name="start">Where it starts among them, in bits.</param>
    /// <param name="depth">How deep it is nested.</param>
    private void WriteMembers(BtfComposite composite, ReadOnlySpan<byte> value, ulong start, int depth)
    {
        if (depth >= BtfSpec.MaxDepth)
        {
            throw spec.TooDeep(composite.Id);
        }

        foreach (BtfMember member in composite.Members)
        {
            ulong at = start + member.BitOffset;
            BtfType type = spec[spec.SkipModifiers(member.Type)];
            if (member.Name.Length == 0)
            {
                if (++_parts > MostParts)
                {
                    throw spec.TypeError(composite.Id, $"a value of type {composite.Id} has more than {MostParts} parts");
                }

                if (type is BtfComposite inner)
                {
                    WriteMembers(inner, value, at, depth + 1);
                }

                continue; // Else unnamed padding.
            }

            sink.Member(member.Name);
            (ulong Start, int Bits)? bitfield = member.IsBitfield ? (at, member.BitfieldSize)
                : type is BtfInt { Bits: not 0 } old && old.Bits != old.Size * BitsPerByte ? (at + old.BitOffset, old.Bits) // Compilers before LLVM 8.
                : null;
            if (bitfield is { } bits)
            {
                WriteBitfield(composite, type, value, bits.Start, bits.Bits);
            }
            else if (at % BitsPerByte != 0)
            {
                throw spec.TypeError(composite.Id, $"member '{member.Name}' of type {composite.Id} is no bit field and starts within a byte");
            }
            else
            {
                uint size = spec.TrySizeOf(member.Type, out uint known) ? known : 0;
                Walk(member.Type, Slice(composite, value, at / BitsPerByte, size), depth + 1);
            }
        }
    }

    private void WriteSection(BtfDataSection section, ReadOnlySpan<byte> value, int depth)
    {
        sink.BeginStruct();
        foreach (BtfSectionEntry entry in section.Entries)
        {
            if (spec[entry.Variable] is BtfVariable variable)
            {
                uint size = spec.TrySizeOf(variable.Type, out uint known) ? known : entry.Size;
                sink.Member(variable.Name);
                Walk(variable.Type, Slice(section, value, entry.Offset, size), depth + 1);
            }
        }

        sink.EndStruct();
    }

    private void WriteArray(BtfArray array, ReadOnlySpan<byte> value, int depth)
    {
        uint size = spec.SizeOf(array.ElementType);
        ReadOnlySpan<byte> all = Slice(array, value, 0, (ulong)size * array.Length);
        BtfType element = spec[spec.SkipModifiers(array.ElementType)];
        if (element is BtfInt character && IsCharacter(character) && all.Length > 0 && TryReadText(all, out string? text))
        {
            sink.Text(text);
            return;
        }

        sink.BeginArray();
        for (uint i = 0; i < array.Length; i++)
        {
            Walk(array.ElementType, all.Slice((int)(i * size), (int)size), depth + 1);
        }

        sink.EndArray();
    }

    /// <summary>Text that ends with the array or with NULs: the kernel's names, paths and messages are such.</summary>
    private static bool TryReadText(ReadOnlySpan<byte> bytes, out string text)
    {
        int end = bytes.IndexOf((byte)0);
        ReadOnlySpan<byte> used = end < 0 ? bytes : bytes[..end];
        text = "";
        if ((end >= 0 && bytes[end..].ContainsAnyExcept((byte)0)) || used.ContainsAny(ControlCharacters) || !Utf8.IsValid(used))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(used);
        return true;
    }

    private void WriteInteger(BtfInt type, ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > WideBytes || type.Bits == 0 || type.BitOffset + type.Bits > value.Length * BitsPerByte)
        {
            sink.Bytes(value);
            return;
        }

        WriteInteger(type, ReadBits(value, type.BitOffset, type.Bits), type.Bits);
    }

    private void WriteInteger(BtfInt type, UInt128 bits, int count)
    {
        if (type.IsBool)
        {
            sink.Boolean(bits != 0);
        }
        else if (count == BitsPerByte && IsCharacter(type))
        {
            sink.Character((sbyte)bits);
        }
        else if (count > 64)
        {
            sink.Number((Int128)bits, isWide: true);
        }
        else
        {
            sink.Number(type.IsSigned ? Extend(bits, count) : (Int128)bits, isWide: false);
        }
    }

    private void WriteBitfield(BtfComposite parent, BtfType type, ReadOnlySpan<byte> value, ulong start, int count)
    {
        if (count > WideBytes * BitsPerByte)
        {
            throw spec.TypeError(parent.Id, $"type {parent.Id} has a bit field of {count} bits");
        }

        ulong end = (start + (uint)count + BitsPerByte - 1) / BitsPerByte;
        UInt128 bits = ReadBits(Slice(parent, value, start / BitsPerByte, end - (start / BitsPerByte)), (int)(start % BitsPerByte), count);
        switch (type)
        {
            case BtfInt integer:
                WriteInteger(integer, bits, count);
                break;
            case BtfEnumeration enumeration:
                WriteEnumeration(enumeration, enumeration.IsSigned ? (UInt128)Extend(bits, count) : bits);
                break;
            default:
                sink.Number((Int128)bits, isWide: count > 64);
                break;
        }
    }

    private void WriteEnumeration(BtfEnumeration type, UInt128 bits)
    {
        // Enumerators are sign-extended to 64 bits where the enum is signed; compilers before LLVM 16 never say so.
        int count = (int)Math.Min(type.Size, sizeof(ulong)) * BitsPerByte;
        ulong mask = count == 64 ? ulong.MaxValue : (1UL << count) - 1;
        foreach (BtfEnumerator enumerator in type.Enumerators)
        {
            if (enumerator.Name.Length != 0 && (enumerator.UnsignedValue & mask) == ((ulong)bits & mask)) // only damaged types have one without
            {
                sink.Enumerator(enumerator.Name);
                return;
            }
        }

        sink.Number(type.IsSigned ? Extend(bits & mask, count) : (Int128)(bits & mask), isWide: false);
    }

    private void WriteReal(ReadOnlySpan<byte> value)
    {
        switch (value.Length)
        {
            case sizeof(float):
                sink.Real(spec.IsBigEndian ? BinaryPrimitives.ReadSingleBigEndian(value) : BinaryPrimitives.ReadSingleLittleEndian(value));
                break;
            case sizeof(double):
                sink.Real(spec.IsBigEndian ? BinaryPrimitives.ReadDoubleBigEndian(value) : BinaryPrimitives.ReadDoubleLittleEndian(value));
                break;
            default:
                sink.Bytes(value);
                break;
        }
    }

    /// <summary>Bits from the first byte's lowest one on, or, where the first byte is the most significant, from its highest one on; up to 128 of up to 17 bytes.</summary>
    private UInt128 ReadBits(ReadOnlySpan<byte> value, int start, int count)
    {
        UInt128 bits = 0;
        for (int i = 0; i < count; i++)
        {
            int at = start + i;
            int place = spec.IsBigEndian ? BitsPerByte - 1 - (at % BitsPerByte) : at % BitsPerByte;
            UInt128 bit = (uint)(value[at / BitsPerByte] >> place) & 1;
            bits |= bit << (spec.IsBigEndian ? count - 1 - i : i);
        }

        return bits;
    }

    private static Int128 Extend(UInt128 bits, int count) => (Int128)(bits << (128 - count)) >> (128 - count);

    private static bool IsCharacter(BtfInt type) => type is { Size: 1 } && (type.IsChar || type.Name == "char");

    private ReadOnlySpan<byte> Slice(BtfType type, ReadOnlySpan<byte> value, ulong start, ulong length) =>
        start <= (ulong)value.Length && length <= (ulong)value.Length - start
            ? value.Slice((int)start, (int)length)
            : throw spec.TypeError(type.Id, $"type {type.Id} ({spec.Describe(type.Id)}) has a part at byte {start} that reaches beyond the value's {value.Length} bytes");
}

using System.Buffers.Binary;
using System.Numerics;
using EbpfNet.Buffers;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Buffers;

public sealed class SpanReaderTests
{
    private const string Section = ".data";

    /// <summary>Numbers that lie around the bounds of small spans, and those whose sums wrap around.</summary>
    private static Arbitrary<ulong> Offsets => Gen.OneOf(
        Gen.Choose(0, 40).Select(value => (ulong)value),
        Gen.Choose(0, 40).Select(value => ulong.MaxValue - (ulong)value),
        Gen.Choose(0, 40).Select(value => (ulong)uint.MaxValue - 20 + (ulong)value)).ToArbitrary();

    [Fact]
    public void Slice_gives_a_part_exactly_when_it_lies_within() => Prop.ForAll(Offsets, Offsets, (offset, length) =>
    {
        byte[] data = [.. Enumerable.Range(0, 20).Select(value => (byte)value)];
        bool lies = (BigInteger)offset + length <= data.Length;
        try
        {
            SpanReader part = new SpanReader(data, bigEndian: false, Section).Slice(offset, length, "a part");
            return lies && part.ReadBytes(length).SequenceEqual(data.AsSpan((int)offset, (int)length));
        }
        catch (BpfObjectFormatException)
        {
            return !lies;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Reading_and_seeking_end_at_the_end() => Prop.ForAll(Offsets, Offsets, (position, count) =>
    {
        byte[] data = new byte[20];
        var reader = new SpanReader(data, bigEndian: false, Section);
        try
        {
            reader.Seek(position);
            reader.Skip(count);
            return (BigInteger)position + count == reader.Position && reader.Remaining == 20 - reader.Position;
        }
        catch (BpfObjectFormatException)
        {
            return (BigInteger)position + count > data.Length;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Records_are_promised_exactly_when_they_all_fit() => Prop.ForAll(Offsets, Gen.Choose(0, 24).ToArbitrary(), (count, size) =>
    {
        try
        {
            new SpanReader(new byte[20], bigEndian: false, Section).RequireRecords(count, (uint)size, "records");
            return (BigInteger)count * size <= 20;
        }
        catch (BpfObjectFormatException)
        {
            return (BigInteger)count * size > 20;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Numbers_are_read_in_the_byte_order_asked_for() => Prop.ForAll<ulong, bool>((value, bigEndian) =>
    {
        byte[] data = new byte[15];
        Write(data, value, bigEndian);
        var reader = new SpanReader(data, bigEndian, Section);
        ulong whole = reader.ReadUInt64();
        reader.Seek(0);
        uint first = reader.ReadUInt32();
        ushort next = reader.ReadUInt16();
        byte last = reader.ReadByte();
        return whole == value
            && first == (uint)(bigEndian ? value >> 32 : value)
            && next == (ushort)(bigEndian ? value >> 16 : value >> 32)
            && last == (byte)(bigEndian ? value >> 8 : value >> 48);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_complaint_names_the_section_and_the_offset_within_it()
    {
        BpfObjectFormatException complaint = Assert.Throws<BpfObjectFormatException>(() =>
        {
            SpanReader part = new SpanReader(new byte[20], bigEndian: false, Section, origin: 100).Slice(10, 6, "a part");
            part.Skip(4);
            part.ReadUInt32();
        });

        Assert.Equal((Section, 114), (complaint.Section, complaint.Offset));
    }

    [Fact]
    public void A_string_ends_at_its_NUL_or_is_refused()
    {
        var strings = new StringTable("\0one\0two"u8.ToArray(), ".strtab");

        Assert.Equal("", strings.GetString(0));
        Assert.Equal("one", strings.GetString(1));
        Assert.Equal("ne", strings.GetString(2));
        Assert.Equal(5, Assert.Throws<BpfObjectFormatException>(() => strings.GetString(5)).Offset);
        Assert.Contains("beyond the end", Assert.Throws<BpfObjectFormatException>(() => strings.GetString(8)).Message, StringComparison.Ordinal);
        Assert.Contains("beyond the end", Assert.Throws<BpfObjectFormatException>(() => strings.GetString(uint.MaxValue)).Message, StringComparison.Ordinal);
    }

    private static void Write(byte[] data, ulong value, bool bigEndian)
    {
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data, value);
        }
    }
}

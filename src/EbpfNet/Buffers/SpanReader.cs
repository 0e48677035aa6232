using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace EbpfNet.Buffers;

/// <summary>
/// The one reader of untrusted bytes: a cursor over a span in a given byte order. Whatever does not lie within the span is a
/// <see cref="BpfObjectFormatException"/> that names the section and the offset.
/// </summary>
internal ref struct SpanReader
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly bool _bigEndian;
    private readonly string _section;
    private readonly long _origin;
    private int _position;

    /// <param name="data">The bytes to read.</param>
    /// <param name="bigEndian">Their byte order.</param>
    /// <param name="section">The name that complaints give to these bytes.</param>
    /// <param name="origin">The offset of the first byte within <paramref name="section"/>, added to every offset reported.</param>
    public SpanReader(ReadOnlySpan<byte> data, bool bigEndian, string section, long origin = 0)
    {
        _data = data;
        _bigEndian = bigEndian;
        _section = section;
        _origin = origin;
        _position = 0;
    }

    public readonly int Length => _data.Length;

    public readonly int Position => _position;

    public readonly int Remaining => _data.Length - _position;

    public readonly bool IsBigEndian => _bigEndian;

    public readonly string Section => _section;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16()
    {
        ReadOnlySpan<byte> bytes = Take(2);
        return _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public uint ReadUInt32()
    {
        ReadOnlySpan<byte> bytes = Take(4);
        return _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong ReadUInt64()
    {
        ReadOnlySpan<byte> bytes = Take(8);
        return _bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public int ReadInt32() => (int)ReadUInt32();

    public long ReadInt64() => (long)ReadUInt64();

    /// <summary>The next <paramref name="count"/> bytes, without a copy.</summary>
    public ReadOnlySpan<byte> ReadBytes(ulong count) => Take(count);

    public void Skip(ulong count) => Take(count);

    /// <summary>Moves to a byte offset from the start of the span; the end itself is a valid place.</summary>
    public void Seek(ulong position)
    {
        if (position > (ulong)_data.Length)
        {
            throw Error($"offset 0x{position:x} lies beyond the end (0x{_data.Length:x} bytes)");
        }

        _position = (int)position;
    }

    /// <summary>A part of the span as a reader of its own, with <paramref name="length"/> bytes from <paramref name="offset"/>.</summary>
    public readonly SpanReader Slice(ulong offset, ulong length, string what)
    {
        // Compared by subtraction: offset + length of hostile input may wrap around.
        if (offset > (ulong)_data.Length || length > (ulong)_data.Length - offset)
        {
            throw ErrorAt((long)Math.Min(offset, long.MaxValue), $"{what} (0x{length:x} bytes) reaches beyond the end (0x{_data.Length:x} bytes)");
        }

        return new SpanReader(_data.Slice((int)offset, (int)length), _bigEndian, _section, _origin + (long)offset);
    }

    /// <summary>Makes sure that <paramref name="count"/> records of <paramref name="size"/> bytes are left before anything is allocated for them.</summary>
    public readonly void RequireRecords(ulong count, uint size, string what)
    {
        if (size != 0 && count > (ulong)Remaining / size)
        {
            throw Error($"{count} {what} of {size} bytes do not fit into the {Remaining} bytes left");
        }
    }

    /// <summary>A complaint about the current position.</summary>
    public readonly BpfObjectFormatException Error(string problem) => ErrorAt(_position, problem);

    /// <summary>A complaint about an offset from the start of the span.</summary>
    public readonly BpfObjectFormatException ErrorAt(long offset, string problem) => new(problem, _section, _origin + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)Remaining)
        {
            throw Error($"{count} bytes were expected, but only {Remaining} are left");
        }

        ReadOnlySpan<byte> bytes = _data.Slice(_position, (int)count);
        _position += (int)count;
        return bytes;
    }
}

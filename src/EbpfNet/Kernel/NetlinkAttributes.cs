using System.Text;
using EbpfNet.Buffers;

namespace EbpfNet.Kernel;

/// <summary>Walks the attributes of a message, or those nested in an attribute.</summary>
internal ref struct NetlinkAttributes(SpanReader reader)
{
    private const ushort TypeMask = 0x3fff; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

    private SpanReader _reader = reader;

    public ushort Type { get; private set; }

    /// <summary>The present attribute's content.</summary>
    public SpanReader Value { get; private set; }

    public bool MoveNext()
    {
        if (_reader.Remaining < NetlinkMessage.AttributeHeaderSize)
        {
            return false; // What is left is padding.
        }

        int start = _reader.Position;
        ushort length = _reader.ReadUInt16();
        Type = (ushort)(_reader.ReadUInt16() & TypeMask);
        if (length < NetlinkMessage.AttributeHeaderSize)
        {
            throw _reader.ErrorAt(start, $"an attribute of {length} bytes is shorter than its header");
        }

        Value = _reader.Slice((ulong)_reader.Position, (ulong)(length - NetlinkMessage.AttributeHeaderSize), "an attribute");
        _reader.Skip((ulong)Math.Min(NetlinkMessage.Align(length) - NetlinkMessage.AttributeHeaderSize, _reader.Remaining));
        return true;
    }

    /// <summary>The present attribute as text, without its NUL.</summary>
    public readonly string ReadString()
    {
        SpanReader value = Value;
        ReadOnlySpan<byte> bytes = value.ReadBytes((ulong)value.Remaining);
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    public readonly uint ReadUInt32()
    {
        SpanReader value = Value;
        return value.ReadUInt32();
    }

    public readonly byte ReadByte()
    {
        SpanReader value = Value;
        return value.ReadByte();
    }
}

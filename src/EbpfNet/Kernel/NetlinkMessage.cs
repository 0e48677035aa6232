using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace EbpfNet.Kernel;

/// <summary>Builds one netlink message in a buffer of the caller's: header, fixed part, attributes, nested attributes.</summary>
/// <remarks>Requests are small and of known shape; one that does not fit its buffer is a mistake of this library's.</remarks>
internal ref struct NetlinkMessage
{
    public const int HeaderSize = 16;
    public const int AttributeHeaderSize = 4;

    private const ushort Nested = 0x8000; // NLA_F_NESTED

    private readonly Span<byte> _buffer;
    private int _length;

    public NetlinkMessage(Span<byte> buffer, NetlinkType type, NetlinkFlags flags)
    {
        _buffer = buffer;
        _length = 0;
        Type = type;
        Append(0u); // The length, when it is known.
        Append((ushort)type);
        Append((ushort)(flags | NetlinkFlags.Request));
        Append(0u); // The sequence number, when it is sent.
        Append(0u); // The port: the kernel fills it in.
    }

    public NetlinkType Type { get; }

    /// <summary>The smallest multiple of four, netlink's alignment, from <paramref name="length"/> on.</summary>
    public static int Align(int length) => (length + 3) & ~3;

    /// <summary>Adds a fixed part, such as <c>struct ifinfomsg</c>.</summary>
    public void Append<T>(T value)
        where T : unmanaged => MemoryMarshal.Write(Reserve(Unsafe.SizeOf<T>()), in value);

    public void Attribute<T>(ushort type, T value)
        where T : unmanaged
    {
        Span<byte> payload = ReserveAttribute(type, Unsafe.SizeOf<T>());
        MemoryMarshal.Write(payload, in value);
    }

    /// <summary>A NUL-terminated string.</summary>
    public void Attribute(ushort type, string value)
    {
        Span<byte> payload = ReserveAttribute(type, Encoding.UTF8.GetByteCount(value) + 1);
        payload[^1] = 0;
        Encoding.UTF8.GetBytes(value, payload);
    }

    /// <summary>Bytes as they are.</summary>
    public void Attribute(ushort type, scoped ReadOnlySpan<byte> value) => value.CopyTo(ReserveAttribute(type, value.Length));

    /// <summary>Begins an attribute whose content is attributes; give what this returns to <see cref="EndNested"/>.</summary>
    public int BeginNested(ushort type)
    {
        int start = _length;
        ReserveAttribute((ushort)(type | Nested), 0);
        return start;
    }

    public readonly void EndNested(int start) => WriteAttributeLength(start, _length - start);

    /// <summary>The finished message.</summary>
    public readonly Span<byte> Finish(uint sequence)
    {
        MemoryMarshal.Write(_buffer, in _length);
        MemoryMarshal.Write(_buffer[8..], in sequence);
        return _buffer[.._length];
    }

    private Span<byte> ReserveAttribute(ushort type, int payloadSize)
    {
        int start = _length;
        Span<byte> attribute = Reserve(Align(AttributeHeaderSize + payloadSize));
        attribute.Clear();
        WriteAttributeLength(start, AttributeHeaderSize + payloadSize);
        MemoryMarshal.Write(attribute[2..], in type);
        return attribute.Slice(AttributeHeaderSize, payloadSize);
    }

    private readonly void WriteAttributeLength(int start, int length)
    {
        ushort value = checked((ushort)length);
        MemoryMarshal.Write(_buffer[start..], in value);
    }

    private Span<byte> Reserve(int size)
    {
        if (size > _buffer.Length - _length)
        {
            throw new InvalidOperationException($"A netlink message of more than {_buffer.Length} bytes does not fit its buffer.");
        }

        Span<byte> part = _buffer.Slice(_length, size);
        _length += size;
        return part;
    }
}

using System.Text;

namespace EbpfNet.Buffers;

/// <summary>NUL-terminated strings addressed by byte offset: ELF's <c>.strtab</c> and BTF's string section.</summary>
internal readonly struct StringTable
{
    private readonly ReadOnlyMemory<byte> _data;
    private readonly string _section;

    public StringTable(ReadOnlyMemory<byte> data, string section)
    {
        _data = data;
        _section = section;
    }

    public int Length => _data.Length;

    /// <summary>The bytes of the string at <paramref name="offset"/>, without its NUL.</summary>
    public ReadOnlySpan<byte> GetBytes(uint offset)
    {
        ReadOnlySpan<byte> data = _data.Span;
        if (offset >= (uint)data.Length)
        {
            // Producers leave the table out when every name is empty.
            return offset == 0
                ? []
                : throw new BpfObjectFormatException($"a string at offset 0x{offset:x} lies beyond the end (0x{data.Length:x} bytes)", _section, offset);
        }

        ReadOnlySpan<byte> rest = data[(int)offset..];
        int length = rest.IndexOf((byte)0);
        return length >= 0
            ? rest[..length]
            : throw new BpfObjectFormatException($"the string at offset 0x{offset:x} has no terminating NUL", _section, offset);
    }

    /// <summary>The string at <paramref name="offset"/>; bytes that are not UTF-8 become U+FFFD.</summary>
    public string GetString(uint offset)
    {
        ReadOnlySpan<byte> bytes = GetBytes(offset);
        return bytes.IsEmpty ? "" : Encoding.UTF8.GetString(bytes);
    }
}

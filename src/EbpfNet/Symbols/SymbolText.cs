using System.Buffers.Text;
using System.Text;

namespace EbpfNet;

/// <summary>The words of the kernel's text files about addresses, read from left to right.</summary>
internal ref struct SymbolText(ReadOnlySpan<byte> line)
{
    private ReadOnlySpan<byte> _rest = line;

    /// <summary>What is left, without the blanks before and behind it.</summary>
    public readonly string Rest => Encoding.UTF8.GetString(_rest.Trim(" \t\r"u8));

    /// <summary>The next word; empty at the end.</summary>
    public ReadOnlySpan<byte> Next()
    {
        _rest = _rest.TrimStart(" \t"u8);
        int end = _rest.IndexOfAny(" \t\r"u8);
        ReadOnlySpan<byte> word = end < 0 ? _rest : _rest[..end];
        _rest = _rest[word.Length..];
        return word;
    }

    /// <summary>The next word as a hexadecimal number, with or without 0x.</summary>
    public bool TryNextHex(out ulong value)
    {
        ReadOnlySpan<byte> word = Next();
        return TryHex(word, out value);
    }

    public static bool TryHex(ReadOnlySpan<byte> word, out ulong value)
    {
        word = word.StartsWith("0x"u8) ? word[2..] : word;
        value = 0;
        return word.Length is > 0 and <= 16 && Utf8Parser.TryParse(word, out value, out int used, 'x') && used == word.Length;
    }

    /// <summary>The lines of a text.</summary>
    public static MemoryExtensions.SpanSplitEnumerator<byte> Lines(ReadOnlySpan<byte> text) => text.Split((byte)'\n');
}

using System.Text;

namespace EbpfNet.Btf;

/// <summary>The strings of BTF and of what it builds on, under one range of offsets: those of the base come first.</summary>
internal sealed class BtfStrings
{
    /// <summary>Names are cut after so many bytes; the kernel refuses more than 511. Without a limit a small file could spell one long name a million times.</summary>
    public const int MaxNameLength = 4096;

    private readonly ReadOnlyMemory<byte> _own;
    private readonly BtfStrings? _base;
    private readonly string _section;
    private readonly long _origin;

    /// <param name="own">The string section, which ends with a NUL.</param>
    /// <param name="baseStrings">The strings that come before, for split BTF.</param>
    /// <param name="section">The name for complaints.</param>
    /// <param name="origin">The offset of the string section within <paramref name="section"/>.</param>
    public BtfStrings(ReadOnlyMemory<byte> own, BtfStrings? baseStrings, string section, long origin)
    {
        _own = own;
        _base = baseStrings;
        _section = section;
        _origin = origin;
        OwnStart = baseStrings?.Length ?? 0;
    }

    /// <summary>The first offset that leads to the strings stored here.</summary>
    public uint OwnStart { get; }

    /// <summary>The first offset that does not exist.</summary>
    public uint Length => OwnStart + (uint)_own.Length;

    /// <summary>The strings stored here.</summary>
    public ReadOnlySpan<byte> Own => _own.Span;

    public string GetString(uint offset)
    {
        ReadOnlySpan<byte> rest = From(offset);
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    public string GetName(uint offset)
    {
        ReadOnlySpan<byte> name = GetNameBytes(offset);
        return name.IsEmpty ? "" : Encoding.UTF8.GetString(name);
    }

    /// <summary>The bytes of a name, without its NUL.</summary>
    public ReadOnlySpan<byte> GetNameBytes(uint offset)
    {
        ReadOnlySpan<byte> rest = From(offset);
        rest = rest[..Math.Min(rest.Length, MaxNameLength)];
        int length = rest.IndexOf((byte)0);
        return length >= 0 ? rest[..length] : rest;
    }

    /// <summary>Whether a name is the one given, without looking for its end first.</summary>
    public bool IsName(uint offset, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest = From(offset);
        return rest.Length > name.Length && rest[..name.Length].SequenceEqual(name) && (rest[name.Length] == 0 || name.Length == MaxNameLength);
    }

    /// <summary>The strings from an offset to the end of the section it leads to.</summary>
    private ReadOnlySpan<byte> From(uint offset)
    {
        if (offset >= Length)
        {
            throw new BpfObjectFormatException($"a string at offset 0x{offset:x} lies beyond the end of the strings (0x{Length:x} bytes)", _section, _origin);
        }

        BtfStrings owner = this;
        while (offset < owner.OwnStart)
        {
            owner = owner._base!;
        }

        return owner.Own[(int)(offset - owner.OwnStart)..];
    }
}

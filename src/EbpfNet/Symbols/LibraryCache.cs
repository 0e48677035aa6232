using System.Runtime.InteropServices;
using EbpfNet.Buffers;

namespace EbpfNet;

/// <summary>The list of libraries that the dynamic linker finds (<c>/etc/ld.so.cache</c> of the GNU C library).</summary>
internal static class LibraryCache
{
    public const string DefaultPath = "/etc/ld.so.cache";

    private const string Section = "ld.so.cache";
    private const int NewHeaderSize = 48;
    private const int NewEntrySize = 24;
    private const int OldHeaderSize = 16;
    private const int OldEntrySize = 12;
    private const uint LibC6 = 3; // FLAG_ELF_LIBC6
    private const uint X64 = 0x300; // FLAG_X8664_LIB64
    private const uint Arm64 = 0xa00; // FLAG_AARCH64_LIB64

    /// <summary>The libraries of an architecture, in the order of the cache: name and path.</summary>
    /// <exception cref="BpfObjectFormatException">The cache is of another form, or cut off.</exception>
    public static List<(string Name, string Path)> Parse(ReadOnlyMemory<byte> bytes, Architecture architecture)
    {
        ReadOnlyMemory<byte> cache = SkipOldForm(bytes);
        var reader = new SpanReader(cache.Span, bigEndian: false, Section);
        if (!reader.ReadBytes(20).SequenceEqual("glibc-ld.so.cache1.1"u8))
        {
            throw reader.ErrorAt(0, "this is no cache of the dynamic linker's, or of a form that is not known");
        }

        uint count = reader.ReadUInt32();
        reader.Seek(NewHeaderSize);
        reader.RequireRecords(count, NewEntrySize, "libraries");
        var strings = new StringTable(cache, Section);
        uint wanted = LibC6 | (architecture == Architecture.Arm64 ? Arm64 : X64);
        var found = new List<(bool IsSpecial, string Name, string Path)>();
        for (uint i = 0; i < count; i++)
        {
            uint flags = reader.ReadUInt32();
            uint name = reader.ReadUInt32();
            uint path = reader.ReadUInt32();
            reader.Skip(4);
            ulong capabilities = reader.ReadUInt64();
            if (flags == wanted)
            {
                found.Add((capabilities != 0, strings.GetString(name), strings.GetString(path)));
            }
        }

        // Builds for some processors only come last: which of them the linker takes, the cache does not say.
        return [.. found.OrderBy(library => library.IsSpecial).Select(library => (library.Name, library.Path))];
    }

    /// <summary>Before glibc 2.32 the older form stands in front of the newer one.</summary>
    private static ReadOnlyMemory<byte> SkipOldForm(ReadOnlyMemory<byte> bytes)
    {
        if (!bytes.Span.StartsWith("ld.so-1.7.0"u8))
        {
            return bytes;
        }

        var reader = new SpanReader(bytes.Span, bigEndian: false, Section);
        reader.Seek(12);
        uint count = reader.ReadUInt32();
        reader.RequireRecords(count, OldEntrySize, "libraries");
        int end = (OldHeaderSize + (int)(count * OldEntrySize) + 7) & ~7;
        reader.Seek((ulong)end);
        return bytes[end..];
    }
}

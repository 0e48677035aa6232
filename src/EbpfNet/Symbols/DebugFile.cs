using EbpfNet.Buffers;
using EbpfNet.Elf;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Finds the file that the debug symbols of a program or library were moved to, where debuggers look for it: by build id, and by the name in <c>.gnu_debuglink</c>.</summary>
internal static class DebugFile
{
    private const string Root = "/usr/lib/debug";
    private const long LongestFile = int.MaxValue - 1024;

    /// <summary>How to find that of the file at a path.</summary>
    public static Func<ElfFile, ElfFile?> FindFor(string path) => elf => Find(elf, path, file => PathDescriptor.TryReadFile(file, LongestFile));

    /// <param name="elf">The file.</param>
    /// <param name="path">Its path.</param>
    /// <param name="read">Reads another file.</param>
    internal static ElfFile? Find(ElfFile elf, string path, Func<string, byte[]?> read)
    {
        string id = BuildIdOf(elf);
        foreach (string candidate in Candidates(elf, path, id))
        {
            if (read(candidate) is { } image && TryParse(image) is { } debug && (id.Length > 0 ? BuildIdOf(debug) == id : Crc32.Compute(image) == ReadLink(elf)?.Checksum))
            {
                return debug;
            }
        }

        return null;
    }

    /// <summary>The name of the debug file and what its bytes come to, by <c>.gnu_debuglink</c>.</summary>
    internal static (string Name, uint Checksum)? ReadLink(ElfFile elf)
    {
        if (elf.FindSection(".gnu_debuglink") is not { Data.Length: >= 8 } section)
        {
            return null;
        }

        ReadOnlySpan<byte> bytes = section.Data.Span;
        int end = bytes.IndexOf((byte)0);
        int checksum = (end + 4) & ~3; // Behind the name and its NUL, at the next multiple of 4.
        if (end <= 0 || checksum > bytes.Length - 4)
        {
            return null;
        }

        var reader = new SpanReader(bytes[checksum..], elf.IsBigEndian, section.Name);
        return (System.Text.Encoding.UTF8.GetString(bytes[..end]), reader.ReadUInt32());
    }

    /// <summary>The build id in hexadecimal; empty when there is none.</summary>
    internal static string BuildIdOf(ElfFile elf)
    {
        foreach (ElfNote note in ElfNotes.Read(elf, ".note.gnu.build-id"))
        {
            if (note is { Name: "GNU", Type: 3 })
            {
                return Convert.ToHexStringLower(note.Content.Span);
            }
        }

        return "";
    }

    private static IEnumerable<string> Candidates(ElfFile elf, string path, string id)
    {
        if (id.Length > 2)
        {
            yield return $"{Root}/.build-id/{id[..2]}/{id[2..]}.debug";
        }

        if (ReadLink(elf) is { } link && !link.Name.Contains('/', StringComparison.Ordinal))
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
            yield return $"{folder}/{link.Name}";
            yield return $"{folder}/.debug/{link.Name}";
            yield return $"{Root}{folder}/{link.Name}";
        }
    }

    private static ElfFile? TryParse(byte[] image)
    {
        try
        {
            return ElfFile.Parse(image);
        }
        catch (BpfObjectFormatException)
        {
            return null;
        }
    }
}

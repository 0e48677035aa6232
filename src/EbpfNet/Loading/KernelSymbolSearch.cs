using System.Text;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>Looks the addresses of some symbols up in <c>/proc/kallsyms</c>: read once, from its start to its end, without keeping it.</summary>
internal sealed class KernelSymbolSearch
{
    /// <summary>Where the kernel lists its symbols.</summary>
    public const string SymbolsFile = "/proc/kallsyms";

    private const int BlockSize = 1 << 16;

    private readonly (byte[] Name, string Text)[] _wanted;
    private readonly Dictionary<string, (ulong First, ulong? Other)> _found = new(StringComparer.Ordinal);
    private bool _hasAddress;

    private KernelSymbolSearch(IEnumerable<string> wanted) => _wanted = [.. wanted.Select(name => (Encoding.UTF8.GetBytes(name), name))];

    /// <summary>Whether there were no symbols at all: the kernel keeps the file from this process, or does not have it.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Why the list could not be read although it is there; <see langword="null"/> when it could.</summary>
    public string? Obstacle { get; private init; }

    /// <summary>Whether the kernel has named its symbols but shown none of their addresses.</summary>
    public bool AreAddressesHidden => !IsEmpty && !_hasAddress;

    /// <summary>Searches the running kernel's symbols.</summary>
    public static KernelSymbolSearch FindInKernel(IEnumerable<string> wanted)
    {
        try
        {
            using FileStream file = new(SymbolsFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            return Find(file, wanted);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new KernelSymbolSearch([]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unreadable(e.Message);
        }
    }

    /// <summary>A search that came to nothing: what is wanted may or may not be there.</summary>
    public static KernelSymbolSearch Unreadable(string reason) => new([]) { Obstacle = reason.TrimEnd('.') };

    /// <summary>Searches text of the form of <c>/proc/kallsyms</c>. Lines of another form are passed over.</summary>
    public static KernelSymbolSearch Find(Stream text, IEnumerable<string> wanted)
    {
        var search = new KernelSymbolSearch(wanted);
        byte[] block = new byte[BlockSize];
        int kept = 0;
        while (text.Read(block, kept, block.Length - kept) is > 0 and int read)
        {
            int filled = kept + read;
            int end = block.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            if (end == 0 && filled == block.Length)
            {
                end = filled; // No line is that long: whatever it is, it is no symbol.
            }

            search.ReadLines(block.AsSpan(0, end));
            block.AsSpan(end, filled - end).CopyTo(block);
            kept = filled - end;
        }

        search.ReadLines(block.AsSpan(0, kept));
        return search;
    }

    /// <summary>Whether there is a symbol of a name.</summary>
    public bool Knows(string name) => _found.ContainsKey(name);

    /// <summary>The address of a symbol, and another one if it has several; <see langword="null"/> when there is none.</summary>
    public (ulong First, ulong? Other)? AddressOf(string name) => _found.TryGetValue(name, out (ulong First, ulong? Other) found) ? found : null;

    /// <summary>What was found for an extern of unknown type.</summary>
    public ResolvedExtern Resolve(BpfExtern wanted) => AddressOf(wanted.Name) switch
    {
        { Other: { } other } several => new ResolvedExtern { Problem = $"{SymbolsFile} has it several times, at 0x{several.First:x} and at 0x{other:x}; which one is meant cannot be told" },
        { } found when !AreAddressesHidden => new ResolvedExtern { IsFound = true, Address = found.First },
        _ when Obstacle is not null => new ResolvedExtern { Problem = $"{SymbolsFile} cannot be read: {Obstacle}" }, // Weak ones too: they may well be there.
        _ when wanted.IsWeak => new ResolvedExtern(),
        { } => new ResolvedExtern { Problem = $"{SymbolsFile} hides addresses from this process: it takes root or CAP_SYSLOG, and a sysctl kernel.kptr_restrict of 0 or 1" },
        null when IsEmpty => new ResolvedExtern { Problem = $"{SymbolsFile} is missing or empty; the kernel has to be built with CONFIG_KALLSYMS" },
        null => new ResolvedExtern { Problem = $"{SymbolsFile} does not list it; variables are there only with CONFIG_KALLSYMS_ALL. Give its address in the spec's Constants, or declare it __weak if 0 will do" },
    };

    private void ReadLines(ReadOnlySpan<byte> lines)
    {
        foreach (Range range in SymbolText.Lines(lines))
        {
            var words = new SymbolText(lines[range]);
            if (words.TryNextHex(out ulong address) && words.Next() is [byte type] && words.Next() is { IsEmpty: false } name)
            {
                IsEmpty = false;
                _hasAddress |= address != 0;
                Compare(address, type, name);
            }
        }
    }

    private void Compare(ulong address, byte type, ReadOnlySpan<byte> name)
    {
        foreach ((byte[] wanted, string text) in _wanted)
        {
            if (name.StartsWith(wanted) && (name.Length == wanted.Length || IsRenamed(type, name[wanted.Length..])))
            {
                _found[text] = !_found.TryGetValue(text, out (ulong First, ulong? Other) known) ? (address, null)
                    : known.First == address ? known
                    : (known.First, known.Other ?? address);
            }
        }
    }

    /// <summary>Optimising across files, compilers give static variables a suffix so that names stay apart.</summary>
    private static bool IsRenamed(byte type, ReadOnlySpan<byte> rest) => type == 'd' && rest.StartsWith(".llvm."u8);
}

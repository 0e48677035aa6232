using System.Text;

namespace EbpfNet;

/// <summary>The kernel's symbols, those of its modules and BPF programs included, as <c>/proc/kallsyms</c> has them: a copy of the moment it was made.</summary>
/// <remarks>It is large (some 10 MB): make it once and keep it as long as addresses are resolved. Instances are safe to use from several threads.</remarks>
public sealed class KernelSymbols : ISymbolSource
{
    private const string SymbolsFile = "/proc/kallsyms";

    private readonly byte[] _text;
    private readonly SymbolIndex<(int Start, int Length)> _index;

    private KernelSymbols(byte[] text, SymbolIndex<(int Start, int Length)> index, bool hidden)
    {
        _text = text;
        _index = index;
        AreAddressesHidden = hidden;
    }

    /// <summary>The number of addresses that have a name.</summary>
    public int Count => _index.Count;

    /// <summary>Whether the kernel has named the symbols but not their addresses: nothing can be resolved then.</summary>
    public bool AreAddressesHidden { get; }

    /// <summary>Reads the running kernel's symbols.</summary>
    /// <returns>The symbols.</returns>
    /// <exception cref="BpfNotSupportedException">The kernel hides addresses from this process, or has no such file.</exception>
    public static KernelSymbols Load()
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes(SymbolsFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfNotSupportedException("Resolving kernel addresses", $"{SymbolsFile} cannot be read ({e.Message.TrimEnd('.')}); the kernel has to be built with CONFIG_KALLSYMS");
        }

        KernelSymbols symbols = Parse(text);
        return !symbols.AreAddressesHidden
            ? symbols
            : throw new BpfNotSupportedException("Resolving kernel addresses", $"{SymbolsFile} hides them from this process: it takes root or CAP_SYSLOG, and a sysctl kernel.kptr_restrict of 0 or 1");
    }

    /// <summary>Reads symbols from text of the form of <c>/proc/kallsyms</c>: address, type, name and perhaps a module in each line. Other lines are passed over.</summary>
    /// <param name="text">The text. It is kept, not copied.</param>
    /// <returns>The symbols.</returns>
    public static KernelSymbols Parse(byte[] text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var symbols = new List<(ulong Start, ulong Size, int Rank, (int Start, int Length) Name)>();
        bool hasAddress = false;
        foreach (Range range in SymbolText.Lines(text))
        {
            (int start, int length) = range.GetOffsetAndLength(text.Length);
            var words = new SymbolText(text.AsSpan(start, length));
            if (words.TryNextHex(out ulong address) && words.Next() is [byte type] && words.Next() is { IsEmpty: false } name)
            {
                hasAddress |= address != 0;
                symbols.Add((address, 0, RankOf((char)type, name), (start, length)));
            }
        }

        bool hidden = symbols.Count > 0 && !hasAddress;
        return new KernelSymbols(text, SymbolIndex<(int Start, int Length)>.Create(hidden ? [] : symbols), hidden);
    }

    /// <inheritdoc/>
    public BpfStackFrame Resolve(ulong address)
    {
        if (!_index.TryFind(address, out (int Start, int Length) line, out ulong offset))
        {
            return new BpfStackFrame(address);
        }

        var words = new SymbolText(_text.AsSpan(line.Start, line.Length));
        words.Next();
        words.Next();
        string name = Encoding.UTF8.GetString(words.Next());
        string module = words.Rest;
        return new BpfStackFrame(address, name, offset, module.Length > 2 && module[0] == '[' && module[^1] == ']' ? module[1..^1] : null);
    }

    /// <summary>The address of the first symbol of a name, in the kernel or a module; <see langword="null"/> when there is none, or its address is hidden.</summary>
    internal ulong? AddressOf(string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        foreach (Range range in SymbolText.Lines(_text))
        {
            var words = new SymbolText(_text.AsSpan(range));
            if (words.TryNextHex(out ulong address) && words.Next().Length == 1 && words.Next().SequenceEqual(wanted))
            {
                return address == 0 ? null : address;
            }
        }

        return null;
    }

    /// <summary>Several names for one address: code before marks of the linker's, plain names before those with underscores.</summary>
    private static int RankOf(char type, ReadOnlySpan<byte> name) =>
        (char.ToUpperInvariant(type) is 'T' or 'W' ? 8 : 0) + (name[0] == '_' ? 0 : 2) + (char.IsUpper(type) ? 1 : 0);
}

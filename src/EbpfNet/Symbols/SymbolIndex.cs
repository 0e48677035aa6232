namespace EbpfNet;

/// <summary>Symbols by address.</summary>
/// <typeparam name="T">What stands for a symbol.</typeparam>
internal sealed class SymbolIndex<T>
{
    /// <summary>As far as a symbol without a size may reach. No function is larger; without a bound, the last one would take whatever comes after it.</summary>
    private const ulong MostWithoutSize = 1 << 20;

    private readonly ulong[] _starts;
    private readonly (ulong Size, T Symbol)[] _symbols;

    private SymbolIndex(ulong[] starts, (ulong Size, T Symbol)[] symbols)
    {
        _starts = starts;
        _symbols = symbols;
    }

    public int Count => _starts.Length;

    /// <param name="symbols">The symbols in any order. Of several at one address the first of the highest rank stays.</param>
    public static SymbolIndex<T> Create(IEnumerable<(ulong Start, ulong Size, int Rank, T Symbol)> symbols)
    {
        var starts = new List<ulong>();
        var kept = new List<(ulong Size, T Symbol)>();
        foreach ((ulong start, ulong size, _, T symbol) in symbols.OrderBy(symbol => symbol.Start).ThenByDescending(symbol => symbol.Rank))
        {
            if (starts.Count == 0 || starts[^1] != start)
            {
                starts.Add(start);
                kept.Add((size, symbol));
            }
        }

        return new SymbolIndex<T>([.. starts], [.. kept]);
    }

    /// <summary>The symbol that an address is in: one with a size has to reach so far, one without ends where the next begins.</summary>
    public bool TryFind(ulong address, out T symbol, out ulong offset)
    {
        int index = Array.BinarySearch(_starts, address);
        index = index >= 0 ? index : ~index - 1;
        (ulong size, symbol) = index >= 0 ? _symbols[index] : default;
        offset = index >= 0 ? address - _starts[index] : 0;
        return index >= 0 && offset < (size != 0 ? size : MostWithoutSize);
    }
}

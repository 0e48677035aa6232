namespace EbpfNet;

/// <summary>What a runtime says of the code that it has made (<c>/tmp/perf-PID.map</c>): .NET with <c>DOTNET_PerfMapEnabled=1</c>, Java, Node.</summary>
internal static class PerfMap
{
    /// <summary>Reads lines of start, size and name, both numbers hexadecimal; other lines are passed over. Of code at one address, the last one named is there now.</summary>
    public static SymbolIndex<string> Parse(ReadOnlySpan<byte> text)
    {
        var symbols = new List<(ulong Start, ulong Size, int Rank, string Symbol)>();
        foreach (Range range in SymbolText.Lines(text))
        {
            var words = new SymbolText(text[range]);
            if (words.TryNextHex(out ulong start) && words.TryNextHex(out ulong size) && size > 0 && words.Rest is { Length: > 0 } name)
            {
                symbols.Add((start, size, symbols.Count, name));
            }
        }

        return SymbolIndex<string>.Create(symbols);
    }
}

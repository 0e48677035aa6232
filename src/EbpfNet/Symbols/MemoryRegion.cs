namespace EbpfNet;

/// <summary>A part of a process's memory that is all of one kind: a line of <c>/proc/PID/maps</c>.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address behind the last.</param>
/// <param name="FileOffset">Where in the file it begins.</param>
/// <param name="IsExecutable">Whether there is code in it.</param>
/// <param name="Name">The file, a name in brackets, or nothing.</param>
internal readonly record struct MemoryRegion(ulong Start, ulong End, ulong FileOffset, bool IsExecutable, string Name)
{
    private const string Deleted = " (deleted)";

    public bool IsFile => Name.StartsWith('/');

    /// <summary>The file without the note that it was deleted, which the kernel puts behind its name.</summary>
    public string FileName => Name.EndsWith(Deleted, StringComparison.Ordinal) ? Name[..^Deleted.Length] : Name;

    public bool IsDeleted => Name.EndsWith(Deleted, StringComparison.Ordinal);

    /// <summary>Reads lines of the form of <c>/proc/PID/maps</c>, those of code only; other lines are passed over.</summary>
    public static MemoryRegion[] ParseCode(ReadOnlySpan<byte> text)
    {
        var regions = new List<MemoryRegion>();
        foreach (Range range in SymbolText.Lines(text))
        {
            if (TryParse(text[range], out MemoryRegion region) && region.IsExecutable)
            {
                regions.Add(region);
            }
        }

        regions.Sort((left, right) => left.Start.CompareTo(right.Start));
        return [.. regions];
    }

    public static bool TryParse(ReadOnlySpan<byte> line, out MemoryRegion region)
    {
        var words = new SymbolText(line);
        ReadOnlySpan<byte> addresses = words.Next();
        int dash = addresses.IndexOf((byte)'-');
        region = default;
        if (dash < 0 || !SymbolText.TryHex(addresses[..dash], out ulong start) || !SymbolText.TryHex(addresses[(dash + 1)..], out ulong end) || end <= start
            || words.Next() is not { Length: 4 } rights || !words.TryNextHex(out ulong offset) || words.Next().IsEmpty || words.Next().IsEmpty)
        {
            return false;
        }

        // The kernel writes a line break in a file's name as \012.
        region = new MemoryRegion(start, end, offset, rights[2] == (byte)'x', words.Rest.Replace("\\012", "\n", StringComparison.Ordinal));
        return true;
    }

    /// <summary>The region that an address is in, of some in order.</summary>
    public static bool TryFind(MemoryRegion[] regions, ulong address, out MemoryRegion region)
    {
        (int low, int high) = (0, regions.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = regions[middle].Start <= address ? (middle + 1, high) : (low, middle);
        }

        region = low > 0 ? regions[low - 1] : default;
        return low > 0 && address < region.End;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Start:x}-{End:x} {(IsExecutable ? "x" : "-")} {FileOffset:x} {Name}";
}

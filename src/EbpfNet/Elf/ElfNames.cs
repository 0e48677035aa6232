using EbpfNet.Buffers;

namespace EbpfNet.Elf;

/// <summary>
/// Decodes the names of a table, each offset once. Names may share their tails, and a hostile table can make every one of them
/// a tail of the same huge string, so the total decoded is limited in proportion to the table.
/// </summary>
internal sealed class ElfNames(ReadOnlyMemory<byte> data, string section)
{
    private const int SharingLimit = 16;

    private readonly StringTable _table = new(data, section);
    private readonly Dictionary<uint, string> _decoded = [];
    private long _budget = ((long)data.Length * SharingLimit) + 4096;

    public string Get(uint offset)
    {
        if (_decoded.TryGetValue(offset, out string? name))
        {
            return name;
        }

        name = _table.GetString(offset);
        _budget -= name.Length;
        if (_budget < 0)
        {
            throw new BpfObjectFormatException("the names overlap one another so much that they cannot be genuine", section, offset);
        }

        _decoded.Add(offset, name);
        return name;
    }
}

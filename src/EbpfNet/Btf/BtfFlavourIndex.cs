using System.Text;

namespace EbpfNet.Btf;

/// <summary>The types of one BTF whose names have a flavour (<c>name___flavour</c>), by the name without it. Kernels have few of them, or none.</summary>
internal sealed class BtfFlavourIndex
{
    private readonly Dictionary<string, HashSet<string>> _names = [];

    private BtfFlavourIndex()
    {
    }

    /// <summary>Looks through the strings, of which there are fewer bytes to search than there are types to visit.</summary>
    public static BtfFlavourIndex Build(BtfSpec spec)
    {
        var index = new BtfFlavourIndex();
        ReadOnlySpan<byte> rest = spec.Strings.Own;
        for (int at; (at = rest.IndexOf("___"u8)) >= 0;)
        {
            int start = rest[..at].LastIndexOf((byte)0) + 1;
            ReadOnlySpan<byte> name = rest[start..];
            name = name[..name.IndexOf((byte)0)];
            ReadOnlySpan<byte> essential = CoreNames.Essential(name);
            if (essential.Length < name.Length && name.Length < BtfStrings.MaxNameLength)
            {
                index.Add(Encoding.UTF8.GetString(essential), Encoding.UTF8.GetString(name));
            }

            rest = rest[(start + name.Length)..];
        }

        return index;
    }

    public void Find(BtfSpec spec, ReadOnlySpan<byte> essentialName, BtfKinds kinds, List<BtfTypeId> found)
    {
        if (_names.Count > 0 && _names.TryGetValue(Encoding.UTF8.GetString(essentialName), out HashSet<string>? names))
        {
            foreach (string name in names)
            {
                spec.FindOwnIds(Encoding.UTF8.GetBytes(name), kinds, found);
            }
        }
    }

    private void Add(string essential, string name)
    {
        if (!_names.TryGetValue(essential, out HashSet<string>? names))
        {
            _names.Add(essential, names = []);
        }

        names.Add(name);
    }
}

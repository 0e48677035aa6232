using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>What the constants of an enumeration are called in C#: without what all of them start with, because there the enumeration's name stands before.</summary>
internal static class EnumeratorNames
{
    public static IEnumerable<string> Of(BtfEnumeration enumeration)
    {
        List<List<string>> names = [.. enumeration.Enumerators.Select(enumerator => DotNetNames.Words(enumerator.Name))];
        int common = names.Count < 2 ? CommonWith(names, DotNetNames.Words(enumeration.Name)) : names.Skip(1).Aggregate(names[0].Count, (length, name) => Math.Min(length, Common(names[0], name)));

        // Every name keeps a word, and one that is no digit.
        while (common > 0 && names.Exists(name => name.Count <= common || char.IsDigit(name[common][0])))
        {
            common--;
        }

        return names.Select(name => DotNetNames.Join(name[common..]));
    }

    /// <summary>Of a single constant, what it shares with the enumeration's own name.</summary>
    private static int CommonWith(List<List<string>> names, List<string> enumeration) => names.Count == 0 ? 0 : Common(names[0], enumeration);

    private static int Common(List<string> left, List<string> right)
    {
        int length = 0;
        while (length < left.Count && length < right.Count && left[length] == right[length])
        {
            length++;
        }

        return length;
    }
}

using System.Globalization;

namespace EbpfNet.Tool.Generate;

/// <summary>The names of one C# type's members. Who comes first has the plain name; the others say what they are.</summary>
internal sealed class NameScope
{
    private static readonly string[] OfEveryType = ["Equals", "GetHashCode", "GetType", "ToString", "MemberwiseClone", "ReferenceEquals", "Finalize"];

    private readonly HashSet<string> _taken = new(OfEveryType, StringComparer.Ordinal);

    /// <param name="reserved">Names that are not to be had; the type's own is one, which no member may have.</param>
    public NameScope(params IEnumerable<string> reserved) => _taken.UnionWith(reserved);

    /// <param name="wanted">The name to have if it is free.</param>
    /// <param name="kind">What is named, for the case that it is not: <c>Load</c>, then <c>LoadMap</c>, then <c>LoadMap2</c>.</param>
    public string Take(string wanted, string kind)
    {
        string name = wanted;
        for (int i = 1; !_taken.Add(name); i++)
        {
            name = i == 1 ? wanted + kind : string.Create(CultureInfo.InvariantCulture, $"{wanted}{kind}{i}");
        }

        return name;
    }
}

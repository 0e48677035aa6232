using EbpfNet.Abi;

namespace EbpfNet.Tests.Documentation;

/// <summary>The table of docs/maps.md, in which people look their map up.</summary>
public sealed class MapTableTests
{
    private const string Prefix = "BPF_MAP_TYPE";

    public static TheoryData<BpfMapType> Kinds => [.. Enum.GetValues<BpfMapType>().Where(kind => kind != BpfMapType.Unspecified)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_of_map_has_a_row(BpfMapType kind)
    {
        string name = kind.CName();
        string ending = name[Prefix.Length..];

        // Of several in one row, the first is written out.
        Assert.Contains(Repository.Read("docs/maps.md").Split('\n'), line => line.StartsWith("| ", StringComparison.Ordinal) && (line.Contains($"`{name}`", StringComparison.Ordinal) || line.Contains($"`{ending}`", StringComparison.Ordinal)));
    }
}

namespace EbpfNet;

/// <summary>What a program came from, asked for the maps beside it.</summary>
internal interface IMapOwner
{
    /// <summary>The map of a name; <see langword="null"/> when there is none, or it was closed.</summary>
    BpfMap? FindMap(string name);
}

using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>Maps that a load was given instead of making them.</summary>
internal static class MapReplacement
{
    /// <exception cref="KeyNotFoundException">A map was given for a name that the object does not have.</exception>
    public static void RequireNames(BpfObjectSpec spec, BpfLoadOptions options)
    {
        foreach (string name in options.MapReplacements.Keys)
        {
            _ = spec.Maps[name];
        }
    }

    /// <summary>A descriptor of the map for the object.</summary>
    /// <exception cref="BpfNotSupportedException">It is not like the definition; the message names what differs.</exception>
    public static BpfMap Open(BpfMap given, BpfMapSpec map, in MapCreateAttribute wanted, BtfSpec? btf)
    {
        MapInfoData info = KernelObjects.GetInfo<MapInfoData>(given.Handle, given.ToString());
        List<string> differences = MapPinning.Compare(info, wanted);
        if (differences.Count != 0)
        {
            throw new BpfNotSupportedException(
                $"Using {given} in place of map '{map.Name}'", $"it is another one ({string.Join("; ", differences)}); give a map like the definition, or change the definition");
        }

        BpfHandle handle = given.Handle.Duplicate(given.ToString());
        try
        {
            return BpfMap.FromHandle(handle, map.Name, btf, map.KeyTypeId ?? default, map.ValueTypeId ?? default);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}

using EbpfNet.Btf;

namespace EbpfNet.Tool.Inspect;

/// <summary>What is told about a map.</summary>
internal static class MapFacts
{
    internal static readonly string[] Columns = ["id", "type", "name", "key_size", "value_size", "max_entries", "flags", "memory_bytes", "held_by"];

    internal static Facts Of(BpfMap map, Surroundings around)
    {
        BpfMapInfo info = map.GetInfo();
        return new Facts()
            .Add("kind", "map")
            .Add("id", info.Id)
            .Add("type", Names.Of(info.Type))
            .Add("name", info.KernelName)
            .Add("key_size", info.KeySize)
            .Add("value_size", info.ValueSize)
            .Add("max_entries", info.MaxEntries)
            .Add("flags", info.Flags == 0 ? null : $"0x{(uint)info.Flags:x}")
            .Add("extra", info.Extra == 0 ? null : info.Extra)
            .Add("frozen", info.IsFrozen)
            .Add("memory_bytes", info.MemoryBytes)
            .Add("btf_id", info.BtfId == 0 ? null : info.BtfId)
            .Add("key_type_id", info.KeyTypeId == 0 ? null : info.KeyTypeId)
            .Add("value_type_id", info.ValueTypeId == 0 ? null : info.ValueTypeId)
            .Add("kernel_btf_id", info.KernelBtfId == 0 ? null : info.KernelBtfId)
            .Add("kernel_value_type_id", info.KernelValueTypeId == 0 ? null : info.KernelValueTypeId)
            .Add("key_type", Describe(map.Btf, info.KeyTypeId))
            .Add("value_type", Describe(map.Btf, info.ValueTypeId))
            .Add("interface_index", info.InterfaceIndex == 0 ? null : info.InterfaceIndex)
            .Add("namespace_inode", info.NetworkNamespaceInode == 0 ? null : info.NetworkNamespaceInode)
            .Add("owner_prog_type", info.OwnerProgramType is { } owner ? Names.Of(owner) : null)
            .Add("pinned", around.Pins.Of(ObjectKinds.Maps, info.Id))
            .Add("held_by", around.Holders.Of(ObjectKinds.Maps, info.Id));
    }

    private static string? Describe(BtfSpec? types, uint id) => types is null || id == 0 ? null : types.Describe(new BtfTypeId(id));
}

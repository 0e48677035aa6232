namespace EbpfNet.Tool.Inspect;

/// <summary>What is told about a program.</summary>
internal static class ProgramFacts
{
    internal static readonly string[] Columns = ["id", "type", "name", "tag", "loaded", "uid", "map_ids", "held_by"];

    internal static Facts Of(BpfProgram program, Surroundings around)
    {
        BpfProgramInfo info = program.GetInfo();
        return new Facts()
            .Add("kind", "prog")
            .Add("id", info.Id)
            .Add("type", Names.Of(info.Type))
            .Add("name", program.Name)
            .Add("tag", info.Tag)
            .Add("gpl", info.IsGplCompatible)
            .Add("loaded", info.LoadedAt)
            .Add("uid", info.CreatedByUser)
            .Add("attach_to", around.TypeName(info.AttachBtfObjectId, info.AttachBtfId))
            .Add("attach_btf_id", OrNull(info.AttachBtfObjectId))
            .Add("attach_type_id", OrNull(info.AttachBtfId))
            .Add("map_ids", info.MapIds)
            .Add("btf_id", OrNull(info.BtfId))
            .Add("functions", OrNull(info.FunctionCount))
            .Add("xlated_bytes", info.XlatedLength)
            .Add("jited_bytes", info.JitedLength)
            .Add("memory_bytes", info.MemoryBytes)
            .Add("verified_instructions", OrNull(info.VerifiedInstructions))
            .Add("interface_index", OrNull(info.InterfaceIndex))
            .Add("namespace_inode", info.NetworkNamespaceInode == 0 ? null : info.NetworkNamespaceInode)
            .Add("run_count", info.Stats.RunCount)
            .Add("run_time_ns", info.Stats.RunTimeNanoseconds)
            .Add("recursion_misses", info.Stats.RecursionMisses)
            .Add("pinned", around.Pins.Of(ObjectKinds.Programs, info.Id))
            .Add("held_by", around.Holders.Of(ObjectKinds.Programs, info.Id));
    }

    private static uint? OrNull(uint value) => value == 0 ? null : value;
}

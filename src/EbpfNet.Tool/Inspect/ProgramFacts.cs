namespace EbpfNet.Tool.Inspect;

/// <summary>What is told about a program.</summary>
internal static class ProgramFacts
{
    private const int KernelNameLength = 15;

    internal static readonly string[] Columns = ["id", "type", "name", "tag", "loaded", "uid", "map_ids", "held_by"];

    internal static Facts Of(BpfProgram program, Surroundings around)
    {
        BpfProgramInfo info = program.GetInfo();
        return new Facts()
            .Add("kind", "prog")
            .Add("id", info.Id)
            .Add("type", Names.Of(info.Type))
            .Add("name", FullName(program, info))
            .Add("tag", info.Tag)
            .Add("gpl", info.IsGplCompatible)
            .Add("loaded", info.LoadedAt)
            .Add("uid", info.CreatedByUser)
            .Add("attach_to", around.TypeName(info.AttachBtfObjectId, info.AttachBtfId))
            .Add("map_ids", info.MapIds)
            .Add("btf_id", OrNull(info.BtfId))
            .Add("xlated_bytes", info.XlatedLength)
            .Add("jited_bytes", info.JitedLength)
            .Add("memory_bytes", info.MemoryBytes)
            .Add("verified_instructions", OrNull(info.VerifiedInstructions))
            .Add("interface_index", OrNull(info.InterfaceIndex))
            .Add("run_count", info.Stats.RunCount)
            .Add("run_time_ns", info.Stats.RunTimeNanoseconds)
            .Add("recursion_misses", info.Stats.RecursionMisses)
            .Add("pinned", around.Pins.Of(ObjectKinds.Programs, info.Id))
            .Add("held_by", around.Holders.Of(ObjectKinds.Programs, info.Id));
    }

    /// <summary>The function's own name, where the kernel's has been cut.</summary>
    private static string FullName(BpfProgram program, BpfProgramInfo info)
    {
        if (info.KernelName.Length < KernelNameLength || info.BtfId == 0)
        {
            return info.KernelName;
        }

        string name = ProgramCode.Read(program).NameOf(0);
        return name.StartsWith(info.KernelName, StringComparison.Ordinal) ? name : info.KernelName;
    }

    private static uint? OrNull(uint value) => value == 0 ? null : value;
}

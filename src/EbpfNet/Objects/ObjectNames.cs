namespace EbpfNet.Objects;

/// <summary>Names that mean something to loaders, and the rule by which maps of global data are named.</summary>
internal static class ObjectNames
{
    /// <summary>The section of maps defined through BTF.</summary>
    public const string BtfMaps = ".maps";

    /// <summary>The section of maps defined by <c>struct bpf_map_def</c>, from before BTF.</summary>
    public const string LegacyMaps = "maps";

    /// <summary>The section, in BTF only, of kernel variables and functions.</summary>
    public const string KernelSymbols = ".ksyms";

    /// <summary>The section, in BTF only, of options of the kernel's configuration.</summary>
    public const string KernelOptions = ".kconfig";

    /// <summary>The section of global variables that are in an arena.</summary>
    public const string ArenaData = ".addr_space.1";

    /// <summary>The section of kernel structs of functions that are registered as they are.</summary>
    public const string StructOps = ".struct_ops";

    /// <summary>The section of kernel structs of functions that a link registers.</summary>
    public const string StructOpsLink = ".struct_ops.link";

    /// <summary>The section of tables for indirect jumps, which LLVM makes of switches since version 22.</summary>
    public const string JumpTables = ".jumptables";

    private const int KernelNameLength = 15;
    private const int ReservedForSection = 7;

    /// <summary>
    /// The name of a data section's map in the kernel, as libbpf forms it: <c>.data</c>, <c>.rodata</c> and <c>.bss</c> after as much of the
    /// object's name as fits, eight characters at most, whatever the section's own length; sections of one's own (<c>.data.mine</c>) alone.
    /// </summary>
    public static string DataMap(string objectName, string section)
    {
        bool isCustom = section.IndexOf('.', 1) >= 0;
        int reserved = Math.Min(Math.Max(ReservedForSection, section.Length), KernelNameLength);
        string prefix = isCustom ? "" : objectName[..Math.Min(objectName.Length, KernelNameLength - reserved)];
        return prefix + section[..Math.Min(section.Length, reserved)];
    }
}

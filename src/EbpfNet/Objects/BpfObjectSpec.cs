using System.Collections.Immutable;
using EbpfNet.Btf;
using EbpfNet.Elf;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>
/// What a BPF object file defines: its maps, programs and global variables. Reading one needs neither the kernel nor privileges. The spec may be
/// changed before it is loaded, and loaded any number of times: loading does not change it.
/// </summary>
/// <remarks>Instances are not safe to change from several threads at once.</remarks>
public sealed class BpfObjectSpec
{
    internal BpfObjectSpec(string name, bool isBigEndian)
    {
        Name = name;
        IsBigEndian = isBigEndian;
        Maps = new BpfNamedCollection<BpfMapSpec>(name, "map");
        Programs = new BpfProgramSpecCollection(name);
        Variables = new BpfNamedCollection<BpfVariableSpec>(name, "variable");
    }

    /// <summary>
    /// The object's name as libbpf derives it: the file's name up to its first dot, so <c>xdp_drop</c> for <c>xdp_drop.bpf.o</c>. Empty when
    /// there was no name. The kernel sees its first characters in the names of the maps of global data.
    /// </summary>
    public string Name { get; }

    /// <summary>The licence (section <c>license</c>), on which it depends which helpers the programs may call. Empty when the object has none.</summary>
    public string License { get; set; } = "";

    /// <summary>The kernel version that the object says it is for (section <c>version</c>, <c>KERNEL_VERSION(a, b, c)</c>); only Linux before 5.0 looks at it. 0 when it says none.</summary>
    public uint KernelVersion { get; set; }

    /// <summary>Whether the object is big-endian. A kernel loads only objects of its own byte order.</summary>
    public bool IsBigEndian { get; }

    /// <summary>
    /// The maps: first those that the source defines, then those that hold global data (<c>.rodata</c>, <c>.data</c>, <c>.bss</c>), last what programs ask of
    /// the kernel's configuration (<c>.kconfig</c>).
    /// </summary>
    public BpfNamedCollection<BpfMapSpec> Maps { get; }

    /// <summary>The programs. Functions that programs only call are not among them: those in <c>.text</c>, and static ones that something refers to.</summary>
    public BpfProgramSpecCollection Programs { get; }

    /// <summary>
    /// The global variables that other code may see: not static, not hidden ones. Options of the kernel's configuration (<c>extern int CONFIG_HZ __kconfig</c>) are
    /// among them; one that is set here is not looked up.
    /// </summary>
    public BpfNamedCollection<BpfVariableSpec> Variables { get; }

    /// <summary>
    /// Values for symbols that the code loads and nothing defines, by name: what <c>asm volatile("%0 = MY_CONST ll" : "=r"(value))</c> leaves open. They count for <c>.ksyms</c>
    /// variables without a type, too, whose address is then not looked up. A program that loads an undefined symbol without a value here cannot be loaded.
    /// </summary>
    public IDictionary<string, ulong> Constants { get; } = new Dictionary<string, ulong>(StringComparer.Ordinal);

    /// <summary>The object's types (section <c>.BTF</c>), or <see langword="null"/> when it was compiled without.</summary>
    public BtfSpec? Btf { get; internal set; }

    /// <summary>What each instruction belongs to (section <c>.BTF.ext</c>), or <see langword="null"/> when it was compiled without.</summary>
    public BtfExtInfo? BtfExtension { get; internal set; }

    /// <summary>Where the variables of each data section really are: what <see cref="Btf"/> leaves open, and the kernel wants to know.</summary>
    internal ImmutableArray<DataSectionLayout> DataSections { get; set; } = [];

    /// <summary>Global functions that are hidden: the kernel is told that they are static.</summary>
    internal ImmutableArray<BtfTypeId> HiddenFunctions { get; set; } = [];

    /// <summary>What the object uses and does not define, in the order of <see cref="ExternReader.All"/>.</summary>
    internal ImmutableArray<BpfExtern> Externs { get; set; } = [];

    /// <summary>Reads an object file.</summary>
    /// <param name="path">The file, by convention <c>name.bpf.o</c>.</param>
    /// <exception cref="BpfObjectFormatException">The file is no BPF object, or a damaged one; it names the section and the offset.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static BpfObjectSpec ReadFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(File.ReadAllBytes(path), Path.GetFileName(path), path);
    }

    /// <summary>Reads an object from memory, for example from an embedded resource.</summary>
    /// <param name="image">The whole object. It is kept, not copied: do not change it while the spec is in use.</param>
    /// <param name="name">What the file is called, with or without its extensions.</param>
    /// <exception cref="BpfObjectFormatException">The bytes are no BPF object, or a damaged one; it names the section and the offset.</exception>
    public static BpfObjectSpec Parse(ReadOnlyMemory<byte> image, string? name = null) => Read(image, name, name);

    /// <inheritdoc/>
    public override string ToString() => $"object '{Name}'";

    private static BpfObjectSpec Read(ReadOnlyMemory<byte> image, string? fileName, string? shownName)
    {
        string name = fileName is null ? "" : Path.GetFileName(fileName);
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        try
        {
            return new ObjectReader(ElfFile.Parse(image), dot < 0 ? name : name[..dot]).Read();
        }
        catch (BpfObjectFormatException e) when (shownName is not null)
        {
            throw e.WithObjectName(shownName);
        }
    }
}

using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>A map as an object defines it, or as code describes it: what <c>BPF_MAP_CREATE</c> needs, and what to put into it. Everything but the name may be changed before the map is created.</summary>
public sealed class BpfMapSpec
{
    private byte[]? _contents;

    /// <summary>Describes a map.</summary>
    /// <param name="name">The name. The kernel keeps its first 15 characters.</param>
    /// <param name="type">The type.</param>
    /// <param name="keySize">The size of a key in bytes.</param>
    /// <param name="valueSize">The size of a value in bytes.</param>
    /// <param name="maxEntries">The number of entries, or what the type makes of it.</param>
    public BpfMapSpec(string name, BpfMapType type, int keySize = 0, int valueSize = 0, uint maxEntries = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegative(keySize);
        ArgumentOutOfRangeException.ThrowIfNegative(valueSize);
        Name = name;
        Type = type;
        KeySize = keySize;
        ValueSize = valueSize;
        MaxEntries = maxEntries;
    }

    /// <summary>The name in the object's source; for global data, the name of the ELF section (<c>.rodata</c>).</summary>
    public string Name { get; }

    /// <summary>
    /// The name that the kernel is given; of this, it keeps 15 characters and letters, digits, '_' and '.' only. As libbpf does, <c>.data</c>, <c>.rodata</c> and <c>.bss</c> are
    /// preceded by the start of the object's name (<c>my_objec.rodata</c>), and an inner map is called after its outer map.
    /// </summary>
    public string KernelName { get => field ?? Name; internal init; }

    /// <summary>The type (<c>map_type</c>).</summary>
    public BpfMapType Type { get; set; }

    /// <summary>The size of a key in bytes (<c>key_size</c>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int KeySize
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>
    /// The size of a value in bytes (<c>value_size</c>); for per-CPU maps that of one CPU's value. Who changes it should set
    /// <see cref="ValueTypeId"/> to <see langword="null"/>: the kernel refuses a size that is not the type's.
    /// </summary>
    /// <exception cref="InvalidOperationException">The map holds a section of global data, whose size the compiler has fixed.</exception>
    public int ValueSize
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = !IsDataSection || value == field
                ? value
                : throw new InvalidOperationException($"The section '{Name}' has {field} bytes as compiled; the size of global data cannot be changed.");
        }
    }

    /// <summary>The number of entries, or what the type makes of it: bytes for a ring buffer (<c>max_entries</c>).</summary>
    public uint MaxEntries { get; set; }

    /// <summary>How the map behaves (<c>map_flags</c>).</summary>
    public BpfMapFlags Flags { get; set; }

    /// <summary>A further number that some types take, for example a bloom filter's number of hashes (<c>map_extra</c>, Linux 5.16).</summary>
    public ulong Extra { get; set; }

    /// <summary>The NUMA node on which to allocate the map (<c>numa_node</c>), or <see langword="null"/> for any.</summary>
    public int? NumaNode { get; set; }

    /// <summary>Whether the object asks for the map to be pinned, and so to be shared between loads.</summary>
    public BpfMapPinning Pinning { get; set; }

    /// <summary>Where to pin the map, or <see langword="null"/> to leave that to <see cref="Pinning"/>.</summary>
    public string? PinPath { get; set; }

    /// <summary>What a definition in iproute2's form says besides; <see langword="null"/> for others.</summary>
    public BpfIproute2Map? Iproute2 { get; set; }

    /// <summary>
    /// What a definition from before BTF (<c>struct bpf_map_def</c>) has behind <c>map_flags</c>, where loaders had members of their own. Unless these bytes are all zero, the map
    /// is not created: set what they mean by the other properties, and this to <see langword="default"/>.
    /// </summary>
    public ReadOnlyMemory<byte> UnknownMembers { get; set; }

    /// <summary>For a map of maps, what the maps in it look like.</summary>
    public BpfMapSpec? InnerMap { get; set; }

    /// <summary>The type of a key in the object's BTF, or <see langword="null"/> when the object does not tell.</summary>
    public BtfTypeId? KeyTypeId { get; set; }

    /// <summary>The type of a value in the object's BTF, or <see langword="null"/> when the object does not tell. For global data, the section itself.</summary>
    public BtfTypeId? ValueTypeId { get; set; }

    /// <summary>Whether loading the object creates the map; false for kernel structs of functions whose section's name starts with a question mark. The kernel refuses programs that can get to a use of a map that was not created.</summary>
    public bool AutoCreate { get; set; } = true;

    /// <summary>Whether the map is frozen once it is filled: from then on user space cannot change it either (<c>BPF_MAP_FREEZE</c>, Linux 5.2). True for <c>.rodata</c>.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Whether the map holds a section of global data, as its only value.</summary>
    public bool IsDataSection { get; internal init; }

    /// <summary>For a map of type <see cref="BpfMapType.StructOps"/>, the kernel struct that it implements; <see langword="null"/> for others.</summary>
    public BpfStructOpsSpec? StructOps { get; internal set; }

    /// <summary>What a map of maps or a program array holds from the start (<c>values</c>).</summary>
    public IList<BpfMapSlot> Slots { get; } = [];

    /// <summary>
    /// The value at key 0 from the start, for global data: <see cref="ValueSize"/> bytes; for an arena, its global variables (section <c>.addr_space.1</c>); for a
    /// kernel struct of functions, the struct as the object has it, whose members <see cref="StructOps"/> tells. Empty for
    /// other maps, and for sections that start as zeroes (<c>.bss</c>) and were not changed. The bytes given are copied.
    /// </summary>
    /// <exception cref="InvalidOperationException">The map holds no section of global data.</exception>
    /// <exception cref="ArgumentException">There are not exactly as many bytes as the section has.</exception>
    public ReadOnlyMemory<byte> InitialValue
    {
        get => _contents;
        set
        {
            if (!IsDataSection && _contents is null)
            {
                throw new InvalidOperationException($"The map '{Name}' holds no section of global data, so it has no initial value; fill it once it is loaded.");
            }

            int size = IsDataSection ? ValueSize : _contents!.Length;
            _contents = value.Length == size
                ? value.ToArray()
                : throw new ArgumentException($"The global data of '{Name}' has {size} bytes, but {value.Length} were given.", nameof(value));
        }
    }

    /// <summary>The ELF section that the map was defined in, and where in it.</summary>
    internal (int Section, ulong Offset) Origin { get; init; } = (-1, 0);

    /// <inheritdoc/>
    public override string ToString() => $"map '{Name}' ({Type.CName()})";

    /// <summary>Gives the map contents: those of an arena's global variables, or of a kernel struct of functions.</summary>
    internal void SetContents(ReadOnlyMemory<byte> contents) => _contents = contents.ToArray();

    /// <summary>The bytes of global data, to be changed in place. Zeroes are made only now: the file need not have had room for them.</summary>
    internal byte[] GetContents() => _contents ??= new byte[ValueSize];
}

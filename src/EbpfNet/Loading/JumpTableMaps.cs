using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>The maps that hold a program's jump targets (<c>BPF_MAP_TYPE_INSN_ARRAY</c>, Linux 6.19): the kernel keeps them true while it rewrites the program. They belong to the program.</summary>
internal sealed unsafe class JumpTableMaps(BpfHandle? token) : IDisposable
{
    /// <summary><c>struct bpf_insn_array_value</c>: the slot as given, and where it went to.</summary>
    private const uint PlaceSize = 4 * sizeof(uint);

    private readonly Dictionary<ulong, BpfHandle> _maps = [];

    /// <summary>The map of a table; one for all of the program's references to it.</summary>
    /// <exception cref="BpfException">The kernel does not make it.</exception>
    public BpfHandle Get(BpfProgramSpec program, JumpTableReference table)
    {
        if (!_maps.TryGetValue(table.Offset, out BpfHandle? map))
        {
            map = Create(program, table);
            _maps.Add(table.Offset, map);
            Fill(program, table, map);
        }

        return map;
    }

    public void Dispose()
    {
        foreach (BpfHandle map in _maps.Values)
        {
            map.Dispose();
        }
    }

    private BpfHandle Create(BpfProgramSpec program, JumpTableReference table)
    {
        using var held = new BpfHandleSet();
        var attribute = new MapCreateAttribute
        {
            MapType = BpfMapType.InsnArray,
            KeySize = sizeof(uint),
            ValueSize = PlaceSize,
            MaxEntries = (uint)table.Targets.Length,
            MapName = KernelName.From(ObjectNames.JumpTables),
            MapFlags = token is null ? BpfMapFlags.None : BpfMapFlags.TokenFd,
            MapTokenFd = token is null ? 0 : held.Hold(token),
        };
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &attribute, out BpfHandle? map);
        return map ?? throw (error == BpfErrno.EINVAL
            ? new BpfNotSupportedException(
                $"Program '{program.Name}' with indirect jumps", "the kernel has no maps of instructions (BPF_MAP_TYPE_INSN_ARRAY); compile the object without jump tables (-fno-jump-tables)", new Version(6, 19))
            : SyscallErrors.Create(error, BpfCommand.MapCreate, Describe(program, table)));
    }

    private static void Fill(BpfProgramSpec program, JumpTableReference table, BpfHandle map)
    {
        uint* place = stackalloc uint[(int)PlaceSize / sizeof(uint)]; // The kernel fills in the rest.
        for (int i = 0; i < table.Targets.Length; i++)
        {
            place[0] = (uint)table.Targets[i];
            Require(MapElements.Update(map, &i, place, 0), BpfCommand.MapUpdateElem, program, table);
        }

        using BpfHandle.Lease fd = map.Acquire();
        var attribute = new MapElementAttribute { MapFd = fd.Fd };
        Require(BpfSyscall.Invoke(BpfCommand.MapFreeze, &attribute), BpfCommand.MapFreeze, program, table);
    }

    private static void Require(int result, BpfCommand command, BpfProgramSpec program, JumpTableReference table)
    {
        if (result < 0)
        {
            throw SyscallErrors.Create((BpfErrno)(-result), command, Describe(program, table));
        }
    }

    private static string Describe(BpfProgramSpec program, JumpTableReference table) =>
        string.Create(CultureInfo.InvariantCulture, $"make the table of {table.Targets.Length} jump targets of program '{program.Name}'");
}

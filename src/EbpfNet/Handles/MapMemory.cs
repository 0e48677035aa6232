using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The values of an array (<c>BPF_F_MMAPABLE</c>, Linux 5.5) or the memory of an arena (Linux 6.9), mapped into this process.</summary>
internal sealed class MapMemory : IDisposable
{
    private readonly string _name;

    private MapMemory(MemoryMapping mapping, bool isWritable, string name)
    {
        Mapping = mapping;
        IsWritable = isWritable;
        _name = name;
    }

    public MemoryMapping Mapping { get; }

    /// <summary>False for constants: writing to them would end the process with SIGSEGV.</summary>
    public bool IsWritable { get; }

    public static MapMemory? TryMap(BpfMap map)
    {
        if (map.Type == BpfMapType.Arena)
        {
            return MapArena(map);
        }

        if (map.Type != BpfMapType.Array || (map.Flags & BpfMapFlags.Mmapable) == 0)
        {
            return null;
        }

        // The kernel rounds elements up to 8 bytes.
        nuint length = checked((nuint)map.MaxEntries * (((nuint)map.ValueSize + 7) & ~(nuint)7));
        bool writable = (map.Flags & BpfMapFlags.ReadOnlyProgram) == 0;
        MemoryMapping? mapping = writable ? MemoryMapping.TryMap(map.Handle, length, writable: true, 0, out _) : null;
        if (mapping is null)
        {
            // A frozen map may still be read.
            writable = false;
            mapping = MemoryMapping.TryMap(map.Handle, length, writable: false, 0, out _);
        }

        return mapping is null ? null : new MapMemory(mapping, writable, map.Name);
    }

    /// <summary>A lease of memory that is written through it.</summary>
    /// <exception cref="InvalidOperationException">The memory is only mapped for reading.</exception>
    public MemoryMapping.Lease AcquireForWriting() =>
        IsWritable
            ? Mapping.Acquire()
            : throw new InvalidOperationException($"The memory of map '{_name}' may only be read: the map is frozen, or holds what programs may only read (BPF_F_RDONLY_PROG). Map it for reading: MapMemoryReadOnly, or MapReadOnly for a variable.");

    public void Dispose() => Mapping.Dispose();

    /// <summary>As messages call it that other threads get while the map is being frozen.</summary>
    public override string ToString() => $"the memory of map '{_name}' as it was before it was frozen";

    /// <summary>At the address that pointers in the arena are made of: the one it was created for, or, for the first to map it, any.</summary>
    /// <exception cref="BpfSyscallException">The kernel, or what is at that address, does not allow it.</exception>
    private static unsafe MapMemory MapArena(BpfMap map)
    {
        MemoryMapping? mapping = MemoryMapping.TryMap(map.Handle, (void*)map.Extra, (nuint)map.MaxEntries * MemoryMapping.PageSize, writable: true, 0, out BpfErrno error);
        return mapping is not null ? new MapMemory(mapping, isWritable: true, map.Name) : throw SyscallErrors.Create(error, "mmap", $"map the memory of arena '{map.Name}' into this process", error switch
        {
            BpfErrno.EEXIST => $"At its address (0x{map.Extra:x}, map_extra) this process has other memory, or the same arena through another BpfMap",
            BpfErrno.EINVAL or BpfErrno.EBUSY when map.Extra == 0 => "Somebody has mapped it already and so chosen its address: another process, or this one through another BpfMap. Use that BpfMap, or give the arena an address when it is created (map_extra), for all to know",
            _ => null,
        });
    }
}

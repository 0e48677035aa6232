using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The number that a BPF program counts up for each record that found no room in its ring buffer, read from mapped memory.</summary>
internal sealed unsafe class LostCounter : IDisposable
{
    private readonly MemoryMapping _memory;

    public LostCounter(BpfMap map)
    {
        if (map.Type != BpfMapType.Array || map.ValueSize != sizeof(ulong) || (map.Flags & BpfMapFlags.Mmapable) == 0)
        {
            throw new ArgumentException(
                $"{map} is no counter of lost records, which is a BPF_MAP_TYPE_ARRAY with values of 8 bytes and BPF_F_MMAPABLE; define it with EBPFNET_RINGBUF of ebpfnet_ringbuf.h.",
                nameof(map));
        }

        _memory = MemoryMapping.Map(map.Handle, sizeof(ulong), writable: false, map.ToString());
    }

    public long Read()
    {
        using MemoryMapping.Lease memory = _memory.Acquire();
        return (long)Volatile.Read(ref *(ulong*)memory.Address);
    }

    public void Dispose() => _memory.Dispose();
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A ring buffer's memory, mapped, and a descriptor of its own, so that the map may be disposed while the ring is read.</summary>
internal sealed unsafe class RingMapping : IDisposable
{
    private const BpfMapFlags Overwrites = (BpfMapFlags)(1u << 19); // BPF_F_RB_OVERWRITE

    private readonly MemoryMapping _consumerPage;
    private readonly MemoryMapping _producerPages;

    public RingMapping(BpfMap map)
    {
        MapView.RequireKind(map, nameof(BpfRingBuffer), BpfMapType.RingBuf);
        if ((map.Flags & Overwrites) != 0)
        {
            throw new BpfNotSupportedException($"reading {map}", "it overwrites its oldest records (BPF_F_RB_OVERWRITE), so that what is being read may change under the reader");
        }

        Size = map.MaxEntries;
        File = map.Handle.Duplicate(map.ToString());
        try
        {
            nuint page = MemoryMapping.PageSize;
            _consumerPage = MemoryMapping.Map(File, page, writable: true, map.ToString());
            _producerPages = MemoryMapping.Map(File, page + (2 * (nuint)Size), writable: false, map.ToString(), offset: (long)page);
        }
        catch
        {
            _consumerPage?.Dispose();
            File.Dispose();
            throw;
        }

        using MemoryMapping.Lease consumer = _consumerPage.Acquire();
        using MemoryMapping.Lease producer = _producerPages.Acquire();
        Memory = new RingMemory((ulong*)consumer.Address, (ulong*)producer.Address, producer.Address + MemoryMapping.PageSize, Size);
    }

    public BpfHandle File { get; }

    /// <summary>What keeps the data mapped.</summary>
    public MemoryMapping Pages => _producerPages;

    /// <summary>Of the data, in bytes.</summary>
    public uint Size { get; }

    /// <summary>Valid until disposed: who uses it is in the reader's gate.</summary>
    public RingMemory Memory { get; }

    /// <summary>Bytes between the positions, for anybody at any time.</summary>
    /// <exception cref="ObjectDisposedException">The memory is no longer mapped.</exception>
    public ulong ReadAvailable()
    {
        using MemoryMapping.Lease consumerPage = _consumerPage.Acquire();
        using MemoryMapping.Lease producerPages = _producerPages.Acquire();
        ulong consumer = Memory.ConsumerPosition;
        ulong producer = Memory.ProducerPosition;
        return producer > consumer ? Math.Min(producer - consumer, Size) : 0; // Between the two looks both may have moved on.
    }

    public void Dispose()
    {
        _producerPages.Dispose();
        _consumerPage.Dispose();
        File.Dispose();
    }
}

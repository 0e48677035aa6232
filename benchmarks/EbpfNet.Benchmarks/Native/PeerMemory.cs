namespace EbpfNet.Benchmarks;

/// <summary>An array's memory, mapped and read by C (<c>native/map_loops.h</c>).</summary>
internal sealed unsafe class PeerMemory : IDisposable
{
    private readonly delegate* unmanaged<nint, nint, nint, ulong> _sum;
    private readonly delegate* unmanaged<nint, nuint, void> _unmap;
    private readonly int _count;
    private nint _memory;

    public PeerMemory(Peer peer, int map, int count)
    {
        _sum = (delegate* unmanaged<nint, nint, nint, ulong>)peer.Export("peer_sum_memory");
        _unmap = (delegate* unmanaged<nint, nuint, void>)peer.Export("peer_unmap_memory");
        _count = count;
        _memory = ((delegate* unmanaged<int, nuint, nint>)peer.Export("peer_map_memory"))(map, (nuint)count * sizeof(ulong));
        Peer.Require(_memory != 0);
    }

    public ulong Sum(int rounds) => _sum(_memory, _count, rounds);

    public void Dispose()
    {
        if (_memory != 0)
        {
            _unmap(_memory, (nuint)_count * sizeof(ulong));
            _memory = 0;
        }
    }
}

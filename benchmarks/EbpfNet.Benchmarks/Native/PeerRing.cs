namespace EbpfNet.Benchmarks;

/// <summary>A ring buffer that is read by C (<c>native/raw_ring.c</c>, <c>native/libbpf_ring.c</c>).</summary>
internal sealed unsafe class PeerRing : IDisposable
{
    private readonly delegate* unmanaged<nint, void> _close;
    private readonly delegate* unmanaged<nint, uint, ulong*, nint> _consume;
    private readonly delegate* unmanaged<nint, uint, nint, ulong*, nint> _follow;
    private readonly delegate* unmanaged<nint, nint, long*, nint> _latencies;
    private readonly delegate* unmanaged<nint, void> _rewind;
    private readonly nint _timed;
    private nint _ring;

    public PeerRing(Peer peer, int map, int size)
    {
        _close = (delegate* unmanaged<nint, void>)peer.Export("peer_ring_close");
        _consume = (delegate* unmanaged<nint, uint, ulong*, nint>)peer.Export("peer_ring_consume");
        _follow = (delegate* unmanaged<nint, uint, nint, ulong*, nint>)peer.Export("peer_ring_follow");
        _latencies = (delegate* unmanaged<nint, nint, long*, nint>)peer.Export("peer_ring_latencies");
        _rewind = peer.TryExport("peer_ring_rewind", out nint rewind) ? (delegate* unmanaged<nint, void>)rewind : null;
        _ring = ((delegate* unmanaged<int, nuint, nint>)peer.Export("peer_ring_open"))(map, (nuint)size);

        // A callback of libbpf's belongs to its ring.
        _timed = peer.TryExport("peer_ring_open_timed", out nint open) ? ((delegate* unmanaged<int, nint>)open)(map) : _ring;
        Peer.Require(_ring != 0 && _timed != 0);
    }

    /// <summary>Lets everything be read once more, by whomever. Bare calls only: it is a matter of the memory that all readers share.</summary>
    public void Rewind() => _rewind(_ring);

    /// <returns>The number of records.</returns>
    public nint Consume(uint words, ref ulong hash)
    {
        fixed (ulong* h = &hash)
        {
            return _consume(_ring, words, h);
        }
    }

    /// <summary>Waits and reads until so many records came or were lost; tells how many came.</summary>
    public nint Follow(uint words, nint count, ulong* lost) => _follow(_ring, words, count, lost);

    /// <summary>Fills in how long each record took from submit to callback; tells how many it got.</summary>
    public nint Latencies(Span<long> nanoseconds)
    {
        fixed (long* n = nanoseconds)
        {
            return _latencies(_timed, nanoseconds.Length, n);
        }
    }

    public void Dispose()
    {
        if (_ring != 0)
        {
            if (_timed != _ring)
            {
                _close(_timed);
            }

            _close(_ring);
            _ring = 0;
        }
    }
}

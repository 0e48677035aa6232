namespace EbpfNet.Benchmarks;

/// <summary>A perf buffer that is read by C (<c>native/raw_perf.c</c>, <c>native/libbpf_perf.c</c>).</summary>
internal sealed unsafe class PeerPerf : IDisposable
{
    private readonly delegate* unmanaged<nint, void> _close;
    private readonly delegate* unmanaged<nint, uint, ulong*, nint> _consume;
    private nint _perf;

    public PeerPerf(Peer peer, int map, int bytesPerCpu, int cpus)
    {
        _close = (delegate* unmanaged<nint, void>)peer.Export("peer_perf_close");
        _consume = (delegate* unmanaged<nint, uint, ulong*, nint>)peer.Export("peer_perf_consume");
        _perf = ((delegate* unmanaged<int, nuint, int, nint>)peer.Export("peer_perf_open"))(map, (nuint)bytesPerCpu, cpus);
        Peer.Require(_perf != 0);
    }

    /// <returns>The number of records.</returns>
    public nint Consume(uint words, ref ulong hash)
    {
        fixed (ulong* h = &hash)
        {
            return _consume(_perf, words, h);
        }
    }

    public void Dispose()
    {
        if (_perf != 0)
        {
            _close(_perf);
            _perf = 0;
        }
    }
}

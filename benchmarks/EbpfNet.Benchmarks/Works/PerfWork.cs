using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>
/// Reading perf buffers that were filled before, by C and by EbpfNet. Each side has a map, a program and rings of its own: only the reading is timed, the
/// filling goes before it.
/// </summary>
internal sealed class PerfWork : IDisposable
{
    /// <summary>How many records fill the ring of one CPU.</summary>
    public const int Records = 8192;

    private const int BytesPerCpu = 1 << 20;

    private readonly byte[] _packet = new byte[64];
    private readonly BpfObject[] _objects;
    private readonly BpfPerfBuffer _buffer;
    private readonly PeerPerf _raw;
    private readonly PeerPerf? _libbpf;

    public PerfWork()
    {
        _packet[0] = 48; // So much of the packet follows 16 bytes.
        _objects = [Load(), Load(), Load()];
        _buffer = new BpfPerfBuffer(_objects[0].Maps["events"], new BpfPerfBufferOptions { BytesPerCpu = BytesPerCpu, WakeUpRecords = 1 << 20 });
        using var first = _objects[1].Maps["events"].Handle.Acquire();
        _raw = Peer.Raw.OpenPerf(first.Fd, BytesPerCpu, Environment.ProcessorCount);
        using var second = _objects[2].Maps["events"].Handle.Acquire();
        _libbpf = Peer.Libbpf?.OpenPerf(second.Fd, BytesPerCpu, Environment.ProcessorCount);
    }

    /// <summary>Fills and reads, as often as it takes; the reading is timed.</summary>
    /// <param name="peer">Whose buffer; <see langword="null"/> for EbpfNet's.</param>
    /// <param name="count">A multiple of <see cref="Records"/>.</param>
    public Sample Consume(Peer? peer, int count)
    {
        double time = 0;
        long allocated = 0;
        for (int done = 0; done < count; done += Records)
        {
            Fill(peer);
            Sample sample = Sample.Of(_ => Read(peer), Records);
            time += sample.Nanoseconds * Records;
            allocated += sample.Allocated;
        }

        return new Sample(time / count, allocated);
    }

    public void Fill(Peer? peer)
    {
        int which = peer is null ? 0 : peer == Peer.Raw ? 1 : 2;
        _objects[which].Programs["give"].TestRun(new BpfTestRun(_packet) { Repeat = Records });
    }

    public void Read(Peer? peer)
    {
        if (peer is not null)
        {
            ulong hash = 0;
            Peer.Require((peer == Peer.Raw ? _raw : _libbpf!).Consume(1, ref hash) == Records);
            return;
        }

        var handler = default(Hashing);
        _buffer.Consume(ref handler);
        Peer.Require(handler.Records == Records);
    }

    public void Dispose()
    {
        _raw.Dispose();
        _libbpf?.Dispose();
        _buffer.Dispose();
        foreach (BpfObject each in _objects)
        {
            each.Dispose();
        }
    }

    private static BpfObject Load() => Objects.Load("perf_buffer.bpf.o", "give");

    private struct Hashing : IBpfPerfRecordHandler
    {
        public nint Records;
        public ulong Hash;

        public bool Handle(int cpu, ReadOnlySpan<byte> record)
        {
            Hash = (Hash * 31) + MemoryMarshal.Read<ulong>(record);
            Records++;
            return true;
        }

        public void HandleLost(int cpu, long count) => throw new InvalidOperationException($"{count} records found no room.");
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>The time from a program's submit to the handler of a reader that sleeps on another CPU: one record at a time.</summary>
internal sealed class RingLatency : IDisposable
{
    /// <summary>How many records one turn has.</summary>
    public const int Records = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(150);

    private readonly BpfObject _object;
    private readonly BpfRingBuffer _ring;
    private readonly PeerRing _raw;
    private readonly PeerRing? _libbpf;
    private readonly int _otherCpu;
    private readonly long[] _latencies = new long[Records];

    public RingLatency(int otherCpu)
    {
        _otherCpu = otherCpu;
        _object = Objects.Load("ringbuf.bpf.o", "stamped");
        _ring = _object.GetRingBuffer("events");
        using var fd = _object.Maps["events"].Handle.Acquire();
        _raw = Peer.Raw.OpenRing(fd.Fd, (int)_ring.Size);
        _libbpf = Peer.Libbpf?.OpenRing(fd.Fd, (int)_ring.Size);
    }

    public Sample Run(Peer peer) => Run(() => Require((int)(peer == Peer.Raw ? _raw : _libbpf!).Latencies(_latencies)));

    public Sample ByWait() => Run(() =>
    {
        var handler = new Noting { Latencies = _latencies };
        while (handler.Noted < Records && _ring.Wait(TimeSpan.FromSeconds(10)))
        {
            _ring.Consume(ref handler);
        }

        Require(handler.Noted);
    });

    public Sample ByWaitAsync() => Run(() => NoteAsync().GetAwaiter().GetResult());

    public void Dispose()
    {
        _raw.Dispose();
        _libbpf?.Dispose();
        _ring.Dispose();
        _object.Dispose();
    }

    private async Task NoteAsync()
    {
        var handler = new Noting { Latencies = _latencies };
        while (handler.Noted < Records && await _ring.WaitAsync())
        {
            _ring.Consume(ref handler);
        }

        Require(handler.Noted);
    }

    /// <returns>The median, and what the reader's thread allocated for each record.</returns>
    private Sample Run(Action read)
    {
        long allocated = 0;
        var reader = new Thread(() =>
        {
            Peer.Require(Measure.PinThread(_otherCpu) == _otherCpu);
            long before = GC.GetAllocatedBytesForCurrentThread();
            read();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });
        reader.Start();
        byte[] packet = new byte[64];
        BpfProgram program = _object.Programs["stamped"];
        for (int i = 0; i < Records; i++)
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < Pause)
            {
                Thread.Sleep(0);
            }

            program.TestRun(new BpfTestRun(packet));
        }

        reader.Join();
        Array.Sort(_latencies);
        return new Sample(_latencies[Records / 2], allocated);
    }

    private static void Require(int noted)
    {
        if (noted != Records)
        {
            throw new InvalidOperationException($"Only {noted} of {Records} records came.");
        }
    }

    private struct Noting : IBpfRecordHandler
    {
        public long[] Latencies;
        public int Noted;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            long submitted = MemoryMarshal.Read<long>(record[8..]);
            Latencies[Noted++] = (Stopwatch.GetTimestamp() * (1_000_000_000L / Stopwatch.Frequency)) - submitted;
            return Noted < Latencies.Length;
        }
    }
}

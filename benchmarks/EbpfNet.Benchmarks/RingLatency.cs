using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>The time from a program's submit to the handler of a reader that sleeps: one record at a time, made by another thread.</summary>
internal sealed class RingLatency : IDisposable
{
    private const int Records = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(150);

    private readonly BpfObject _object;
    private readonly BpfRingBuffer _ring;
    private readonly nint _raw;
    private readonly long[] _latencies = new long[Records];

    public RingLatency()
    {
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(Path.Combine(AppContext.BaseDirectory, "ringbuf.bpf.o"));
        foreach (BpfProgramSpec other in spec.Programs)
        {
            other.AutoLoad = other.Name == "stamped";
        }

        _object = BpfObject.Load(spec);
        _ring = _object.GetRingBuffer("events");
        using var fd = _object.Maps["events"].Handle.Acquire();
        _raw = RawRing.Open(fd.Fd, (nuint)_ring.Size);
    }

    public double InC() => Measure(() =>
    {
        using var fd = _object.Maps["events"].Handle.Acquire();
        Require((int)RawRing.Latencies(_raw, fd.Fd, Records, _latencies));
    });

    public double ByWait() => Measure(() =>
    {
        var handler = new Noting { Latencies = _latencies };
        while (handler.Noted < Records && _ring.Wait(TimeSpan.FromSeconds(10)))
        {
            _ring.Consume(ref handler);
        }

        Require(handler.Noted);
    });

    public double ByWaitAsync() => Measure(() => NoteAsync().GetAwaiter().GetResult());

    public void Dispose()
    {
        RawRing.Close(_raw);
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

    /// <returns>The median.</returns>
    private double Measure(Action read)
    {
        var reader = new Thread(() => read());
        reader.Start();
        byte[] packet = new byte[64];
        for (int i = 0; i < Records; i++)
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < Pause)
            {
                Thread.Sleep(0);
            }

            _object.Programs["stamped"].TestRun(new BpfTestRun(packet));
        }

        reader.Join();
        Array.Sort(_latencies);
        return _latencies[Records / 2];
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

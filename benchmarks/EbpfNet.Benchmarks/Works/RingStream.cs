using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>Reading a ring buffer while a program on another CPU fills it as fast as it can: wall-clock time, and what found no room.</summary>
internal sealed unsafe class RingStream : IDisposable
{
    /// <summary>Room for about 58,000 records: fewer than a turn has.</summary>
    private const int Size = 4 << 20;

    private readonly BpfObject _object;
    private readonly BpfRingBuffer _ring;
    private readonly BpfArray<Producer> _producers;
    private readonly PeerRing _raw;
    private readonly PeerRing? _libbpf;
    private readonly ulong* _lost = (ulong*)NativeMemory.AlignedAlloc(64, 64);
    private readonly Dictionary<string, long> _losses = [];
    private readonly Thread _thread;
    private readonly AutoResetEvent _start = new(false);
    private readonly AutoResetEvent _end = new(false);
    private volatile int _repeat;

    public RingStream(int otherCpu)
    {
        _object = Objects.Load("ringbuf.bpf.o", "fixed", Size);
        _ring = _object.GetRingBuffer("events");
        _producers = _object.GetArray<Producer>("producers");
        using var fd = _object.Maps["events"].Handle.Acquire();
        _raw = Peer.Raw.OpenRing(fd.Fd, Size);
        _libbpf = Peer.Libbpf?.OpenRing(fd.Fd, Size);
        _thread = new Thread(() => Produce(otherCpu)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Tells what each side has lost since this was asked last; EbpfNet may lose something only if libbpf did so too.</summary>
    public Finding TakeLosses()
    {
        long inEbpfNet = _losses.GetValueOrDefault("EbpfNet");
        bool isBroken = inEbpfNet > 0 && Peer.Libbpf is { } libbpf && _losses.GetValueOrDefault(libbpf.Name) == 0;
        string losses = string.Join(", ", _losses.Where(side => side.Value > 0).Select(side => $"{side.Key} {side.Value}"));
        _losses.Clear();
        return new Finding(losses.Length == 0 ? "none lost" : $"lost: {losses}", isBroken);
    }

    public Sample Follow(Peer peer, int count)
    {
        PeerRing ring = peer == Peer.Raw ? _raw : _libbpf!;
        return Follow(peer.Name, count, () => ring.Follow(1, count, _lost));
    }

    public Sample Follow(int count) => Follow("EbpfNet", count, () =>
    {
        var handler = default(Hashing);
        while (handler.Records + (nint)Volatile.Read(ref *_lost) < count)
        {
            _ring.Wait(TimeSpan.FromMilliseconds(10));
            _ring.Consume(ref handler);
        }

        return handler.Records;
    });

    public void Dispose()
    {
        _repeat = 0;
        _start.Set();
        _thread.Join();
        _raw.Dispose();
        _libbpf?.Dispose();
        _ring.Dispose();
        _object.Dispose();
        _start.Dispose();
        _end.Dispose();
        NativeMemory.AlignedFree(_lost);
    }

    private Sample Follow(string name, int count, Func<nint> read)
    {
        *_lost = 0;
        _repeat = count;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        _start.Set();
        nint found = read();
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        _end.WaitOne();
        long lost = (long)*_lost;
        _losses[name] = _losses.GetValueOrDefault(name) + lost;
        Peer.Require(found == count - lost);
        return new Sample(time.TotalNanoseconds / count, allocated);
    }

    private void Produce(int cpu)
    {
        Peer.Require(Measure.PinThread(cpu) == cpu);
        byte[] packet = new byte[64];
        ulong lost = 0;
        while (_start.WaitOne() && _repeat != 0)
        {
            _object.Programs["fixed"].TestRun(new BpfTestRun(packet) { Repeat = _repeat });
            ulong lostNow = _producers[0].Lost;
            Volatile.Write(ref *_lost, lostNow - lost);
            lost = lostNow;
            _end.Set();
        }
    }

    private struct Hashing : IBpfRecordHandler
    {
        public nint Records;
        public ulong Hash;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            Hash = (Hash * 31) + MemoryMarshal.Read<ulong>(record);
            Records++;
            return true;
        }
    }

    /// <summary><c>struct producer</c>.</summary>
    private readonly record struct Producer(ulong Next, ulong Lost, ulong Discarded, ulong Flags, uint MaxWords, uint DiscardEvery);
}

using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>
/// Reading a ring buffer that was filled before, by C and by EbpfNet. The ring is filled once; each pass moves the consumer position back to the
/// beginning, so that only reading is measured. All sides hash the same words of each record, and the hashes are compared.
/// </summary>
internal sealed class RingWork : IDisposable
{
    /// <summary>What a pass may allocate, however many records it reads: a pipe or an enumerator, and for large structs their state.</summary>
    public const double BytesOfPass = 4096;

    private const int Size = 1 << 20;

    private readonly BpfObject _object;
    private readonly BpfRingBuffer _ring;
    private readonly PeerRing _raw;
    private readonly PeerRing? _libbpf;
    private readonly int _words;
    private readonly ulong _hashInC;

    /// <param name="isLarge">Whether the records have 2 KiB, of which all is read; else they have 64 bytes, of which the first eight are.</param>
    public RingWork(bool isLarge)
    {
        string program = isLarge ? "large" : "fixed";
        _words = isLarge ? 256 : 1;
        Records = isLarge ? 256 : 8192;
        _object = Objects.Load("ringbuf.bpf.o", program, Size);
        _ring = _object.GetRingBuffer("events");
        byte[] packet = new byte[64];
        _object.Programs[program].TestRun(new BpfTestRun(packet) { Repeat = Records });
        using var fd = _object.Maps["events"].Handle.Acquire();
        _raw = Peer.Raw.OpenRing(fd.Fd, Size);
        _libbpf = Peer.Libbpf?.OpenRing(fd.Fd, Size);
        ulong hash = 0;
        nint found = _raw.Consume((uint)_words, ref hash);
        _hashInC = hash;
        Require(found, hash);
    }

    /// <summary>How many records the ring holds.</summary>
    public int Records { get; }

    public void Consume(Peer peer, int count)
    {
        PeerRing ring = peer == Peer.Raw ? _raw : _libbpf!;
        for (int done = 0; done < count; done += Records)
        {
            _raw.Rewind();
            ulong hash = 0;
            Require(ring.Consume((uint)_words, ref hash), hash);
        }
    }

    public void Consume(int count)
    {
        for (int done = 0; done < count; done += Records)
        {
            _raw.Rewind();
            var handler = new Hashing { Words = _words };
            Require(_ring.Consume(ref handler), handler.Hash);
        }
    }

    public void ConsumeByDelegate(int count)
    {
        for (int done = 0; done < count; done += Records)
        {
            _raw.Rewind();
            ulong hash = 0;
            Require(_ring.Consume(record => hash = Hash(hash, record, _words)), hash);
        }
    }

    public void ConsumeByPipe(int count)
    {
        for (int done = 0; done < count; done += Records)
        {
            _raw.Rewind();
            PipeReader pipe = _ring.AsPipeReader();
            ulong hash = 0;
            int records = 0;
            while (pipe.TryRead(out ReadResult result))
            {
                foreach (ReadOnlyMemory<byte> record in result.Buffer)
                {
                    hash = Hash(hash, record.Span, _words);
                    records++;
                }

                pipe.AdvanceTo(result.Buffer.End);
            }

            pipe.Complete();
            Require(records, hash);
        }
    }

    public void Enumerate(int count)
    {
        for (int done = 0; done < count; done += Records)
        {
            _raw.Rewind();
            Task<ulong> hash = _words == 1 ? HashAllAsync<Small>(Records) : HashAllAsync<Large>(Records);
            Require(Records, hash.GetAwaiter().GetResult());
        }
    }

    public void Dispose()
    {
        _raw.Dispose();
        _libbpf?.Dispose();
        _ring.Dispose();
        _object.Dispose();
    }

    private async Task<ulong> HashAllAsync<T>(int count)
        where T : unmanaged
    {
        ulong hash = 0;
        await foreach (T record in _ring.ReadAllAsync<T>())
        {
            hash = Hash(hash, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record)), _words);
            if (--count == 0)
            {
                break;
            }
        }

        return hash;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ulong hash, ReadOnlySpan<byte> record, int words)
    {
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(record)[..words])
        {
            hash = (hash * 31) + word;
        }

        return hash;
    }

    private void Require(nint records, ulong hash)
    {
        if (records != Records || hash != _hashInC)
        {
            throw new InvalidOperationException($"The records read are not those that are there: {records} of {Records}, or others.");
        }
    }

    private struct Hashing : IBpfRecordHandler
    {
        public int Words;
        public ulong Hash;

        public bool Handle(ReadOnlySpan<byte> record)
        {
            Hash = RingWork.Hash(Hash, record, Words);
            return true;
        }
    }

    [InlineArray(8)]
    private struct Small
    {
        private ulong _first;
    }

    [InlineArray(256)]
    private struct Large
    {
        private ulong _first;
    }
}

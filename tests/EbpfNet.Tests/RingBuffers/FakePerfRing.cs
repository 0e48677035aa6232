using System.Runtime.InteropServices;

namespace EbpfNet.Tests.RingBuffers;

/// <summary>The kernel's side of one CPU's ring of perf events, in ordinary memory.</summary>
internal sealed unsafe class FakePerfRing : IDisposable
{
    private readonly byte* _memory;
    private readonly ulong _size;
    private long _lost;

    public FakePerfRing(int cpu, int size, RecordReader reader, ulong startsAt = 0)
    {
        _size = (ulong)size;
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)(64 + _size));
        *Head = *Tail = startsAt;
        Memory = new PerfMemory(Head, Tail, _memory + 64, _size);
        Ring = new PerfRing(cpu, Memory, reader);
    }

    public PerfMemory Memory { get; }

    public PerfRing Ring { get; }

    public ulong* Head => (ulong*)_memory;

    public ulong* Tail => (ulong*)(_memory + 32);

    /// <summary>What the kernel makes of a record of so many bytes.</summary>
    public static int Padded(int length) => ((length + 4 + 7) & ~7) - 4;

    /// <summary>Writes a sample, or counts it as lost; the count is written before the next one that finds room.</summary>
    public bool TryWrite(ReadOnlySpan<byte> payload)
    {
        ulong size = 8 + 4 + (ulong)Padded(payload.Length);
        if (*Head - *Tail + size + (_lost > 0 ? 24u : 0) > _size)
        {
            _lost++;
            return false;
        }

        if (_lost > 0)
        {
            WriteLost(_lost);
            _lost = 0;
        }

        Put(*Head, Record(PerfMemory.Sample, payload));
        *Head += size;
        return true;
    }

    public void WriteLost(long count)
    {
        byte[] body = new byte[24];
        BitConverter.TryWriteBytes(body, ((ulong)24 << 48) | PerfMemory.LostRecord);
        BitConverter.TryWriteBytes(body.AsSpan(16), count);
        Put(*Head, body);
        *Head += 24;
    }

    public void WriteHeader(uint type, int size)
    {
        Put(*Head, BitConverter.GetBytes(((ulong)size << 48) | type));
        *Head += (ulong)size;
    }

    /// <summary>As a ring that overwrites is written: from the end to the beginning.</summary>
    public void WriteBackward(ReadOnlySpan<byte> payload)
    {
        byte[] record = Record(PerfMemory.Sample, payload);
        *Head -= (ulong)record.Length;
        Put(*Head, record);
    }

    public void Put(ulong position, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            (_memory + 64)[(position + (ulong)i) & (_size - 1)] = bytes[i];
        }
    }

    public void Dispose()
    {
        Ring.ReturnScratch();
        NativeMemory.Free(_memory);
    }

    private static byte[] Record(uint type, ReadOnlySpan<byte> payload)
    {
        byte[] record = new byte[8 + 4 + Padded(payload.Length)];
        BitConverter.TryWriteBytes(record, ((ulong)record.Length << 48) | type);
        BitConverter.TryWriteBytes(record.AsSpan(8), Padded(payload.Length));
        payload.CopyTo(record.AsSpan(12));
        return record;
    }
}

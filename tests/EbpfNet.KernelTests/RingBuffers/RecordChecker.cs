using System.Buffers.Binary;

namespace EbpfNet.KernelTests.RingBuffers;

/// <summary>Checks the records of <c>varied</c>: their lengths, numbers and checksums, and that each producer's come in order.</summary>
internal sealed class RecordChecker
{
    private readonly ulong[] _next = new ulong[8];

    public long Records { get; private set; }

    /// <summary>How many sequence numbers did not come: lost or discarded ones.</summary>
    public long Missing { get; private set; }

    public void Check(ReadOnlySpan<byte> record)
    {
        if (record.Length < 24)
        {
            throw new InvalidDataException($"A record of {record.Length} bytes.");
        }

        ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(record);
        ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(record[8..]);
        uint producer = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);
        uint words = BinaryPrimitives.ReadUInt32LittleEndian(record[20..]);
        if ((ulong)record.Length != 24 + (words * 8) + (sequence % 8))
        {
            throw new InvalidDataException($"Record {sequence} with {words} numbers has {record.Length} bytes.");
        }

        ulong expected = 0;
        ulong value = sequence * 0x9e3779b97f4a7c15;
        for (int i = 0; i < words; i++)
        {
            value ^= value >> 29;
            value *= 0xbf58476d1ce4e5b9;
            expected = (expected << 1 | expected >> 63) ^ value;
            if (BinaryPrimitives.ReadUInt64LittleEndian(record[(24 + (i * 8))..]) != value)
            {
                throw new InvalidDataException($"Record {sequence} is torn at number {i} of {words}.");
            }
        }

        if (checksum != expected)
        {
            throw new InvalidDataException($"The checksum of record {sequence} is wrong.");
        }

        if (sequence < _next[producer])
        {
            throw new InvalidDataException($"Record {sequence} of producer {producer} came again, or after {_next[producer] - 1}.");
        }

        Missing += (long)(sequence - _next[producer]);
        _next[producer] = sequence + 1;
        Records++;
    }

    /// <summary>Everything that was made has come, or was lost or discarded by the program's own account.</summary>
    public void RequireAccounted(RingProducer producer)
    {
        long made = 0;
        long notSubmitted = 0;
        for (int i = 0; i < _next.Length; i++)
        {
            RingProducer.State state = producer[i];
            made += (long)state.Next;
            notSubmitted += (long)(state.Lost + state.Discarded);
            Missing += (long)(state.Next - _next[i]);
        }

        Assert.Equal(notSubmitted, Missing);
        Assert.Equal(made, Records + notSubmitted);
    }
}

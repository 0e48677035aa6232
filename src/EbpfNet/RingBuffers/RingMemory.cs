using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>
/// The memory of a <c>BPF_MAP_TYPE_RINGBUF</c>: the positions, which only ever grow, and the data, which stands in memory twice in a row so that no
/// record is cut at the end. Each record has a header of 8 bytes, whose first four are its length and two flags.
/// </summary>
/// <remarks>Positions and headers are read with acquire and written with release: that is what the kernel's side expects on every processor.</remarks>
internal readonly unsafe struct RingMemory
{
    public const uint HeaderSize = 8;

    /// <summary>The record is reserved and still being written.</summary>
    public const uint Busy = 1u << 31;

    /// <summary>The program took its reservation back.</summary>
    public const uint Discarded = 1u << 30;
    public const uint LengthMask = ~(Busy | Discarded);

    private readonly ulong* _consumerPosition;
    private readonly ulong* _producerPosition;
    private readonly byte* _data;
    private readonly ulong _mask;

    /// <param name="consumerPosition">Written by the reader.</param>
    /// <param name="producerPosition">Written by the kernel.</param>
    /// <param name="data">The data, twice.</param>
    /// <param name="size">Of the data once, in bytes: a power of two.</param>
    public RingMemory(ulong* consumerPosition, ulong* producerPosition, byte* data, ulong size)
    {
        _consumerPosition = consumerPosition;
        _producerPosition = producerPosition;
        _data = data;
        _mask = size - 1;
    }

    public ulong Size => _mask + 1;

    public byte* Data => _data;

    /// <summary>Up to where the reader has given space back.</summary>
    public ulong ConsumerPosition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref *_consumerPosition);
    }

    /// <summary>Up to where records are reserved.</summary>
    public ulong ProducerPosition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref *_producerPosition);
    }

    /// <summary>Gives the space before a position back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(ulong position) => Volatile.Write(ref *_consumerPosition, position);

    /// <summary>The header's first four bytes. What they say was written before stands in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadHeader(ulong position) => Volatile.Read(ref *(uint*)At(position));

    /// <summary>Where a record is: in the first of the two copies of the data, from where it goes on into the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(ulong position) => _data + (position & _mask);

    /// <summary>The position after a record, whose bytes are rounded up to 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong After(ulong position, uint header) => position + ((((ulong)header & LengthMask) + (HeaderSize + 7)) & ~7UL);

    /// <summary>Whether a reader has something to do at a position: there is a record that is written to its end, or what no kernel writes, which is to be told.</summary>
    public bool IsReadyAt(ulong position) => CountReady(position, 1) != 0 || !IsPossible(position, ProducerPosition);

    /// <summary>Whether both positions can be: a ring that only this process reads and only the kernel writes always passes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsPossible(ulong consumer, ulong producer) => producer - consumer <= Size && ((consumer | producer) & 7) == 0;

    /// <summary>How many records are written to their end, beginning at a position, counting no further than <paramref name="limit"/>.</summary>
    public int CountReady(ulong position, int limit)
    {
        ulong producer = ProducerPosition;
        int count = 0;
        if (IsPossible(position, producer))
        {
            while (count < limit && position < producer)
            {
                uint header = ReadHeader(position);
                if ((header & Busy) != 0)
                {
                    break;
                }

                position = After(position, header);
                count++;
            }
        }

        return count;
    }
}

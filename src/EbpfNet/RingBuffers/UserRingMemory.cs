namespace EbpfNet;

/// <summary>
/// The writer's side of a <c>BPF_MAP_TYPE_USER_RINGBUF</c>: the same layout as the kernel's rings, with the roles exchanged. Pure: the same on a
/// test's own memory.
/// </summary>
/// <remarks>One writer at a time reserves; what is reserved may be submitted in any order, by anyone.</remarks>
internal readonly unsafe struct UserRingMemory
{
    /// <summary>The length has 30 bits beside the two flags, and the kernel takes no record that is longer than the ring.</summary>
    private const int MaxLength = (1 << 30) - 16;

    private readonly ulong* _consumerPosition;
    private readonly ulong* _producerPosition;
    private readonly byte* _data;
    private readonly ulong _mask;

    /// <param name="consumerPosition">Written by the kernel.</param>
    /// <param name="producerPosition">Written here.</param>
    /// <param name="data">The data, twice.</param>
    /// <param name="size">Of the data once, in bytes: a power of two.</param>
    public UserRingMemory(ulong* consumerPosition, ulong* producerPosition, byte* data, ulong size)
    {
        _consumerPosition = consumerPosition;
        _producerPosition = producerPosition;
        _data = data;
        _mask = size - 1;
    }

    public ulong Size => _mask + 1;

    /// <summary>The longest record that an empty ring takes.</summary>
    public int LongestRecord => (int)Math.Min(MaxLength, Size - RingMemory.HeaderSize);

    /// <summary>How many bytes are free, for records and their headers.</summary>
    public ulong Free
    {
        get
        {
            ulong consumer = Volatile.Read(ref *_consumerPosition);
            ulong producer = Volatile.Read(ref *_producerPosition);

            // Nobody but the kernel writes the one, and nobody but us the other; were it otherwise, nothing may be written.
            return producer - consumer <= Size ? Size - (producer - consumer) : 0;
        }
    }

    /// <summary>What a record takes of <see cref="Free"/>.</summary>
    public static ulong SizeOf(int length) => RingMemory.After(0, (uint)length);

    /// <summary>Makes room for a record, which the kernel does not read before it is committed. For one caller at a time.</summary>
    /// <returns>Where its bytes go, or <see langword="null"/> when there is no room.</returns>
    public byte* TryReserve(int length)
    {
        if (Free < SizeOf(length))
        {
            return null;
        }

        ulong position = *_producerPosition;
        byte* record = _data + (position & _mask);
        *(ulong*)record = (uint)length | RingMemory.Busy; // The four bytes after the length are the kernel's, and zero.
        Volatile.Write(ref *_producerPosition, position + SizeOf(length));
        return record + RingMemory.HeaderSize;
    }

    /// <summary>Lets the kernel read a record, or skip it.</summary>
    public static void Commit(byte* payload, int length, bool discard) =>
        Volatile.Write(ref *(uint*)(payload - RingMemory.HeaderSize), (uint)length | (discard ? RingMemory.Discarded : 0));
}

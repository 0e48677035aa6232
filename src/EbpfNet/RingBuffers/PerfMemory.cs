using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>
/// One CPU's ring of perf events: a page with the positions, and the data, which is in memory once, so that a record may be cut in two at the end. Every
/// record has a header of 8 bytes: its type, some bits, and its size, a multiple of 8.
/// </summary>
/// <remarks>The head is read with acquire and the tail written with release: that is what the kernel's side expects on every processor.</remarks>
internal readonly unsafe struct PerfMemory
{
    public const uint LostRecord = 2; // PERF_RECORD_LOST
    public const uint Sample = 9; // PERF_RECORD_SAMPLE
    public const int HeaderSize = 8;

    private readonly ulong* _head;
    private readonly ulong* _tail;
    private readonly byte* _data;
    private readonly ulong _mask;

    /// <param name="head">Written by the kernel.</param>
    /// <param name="tail">Written by the reader; not used by a ring that overwrites.</param>
    /// <param name="data">The data.</param>
    /// <param name="size">Of the data, in bytes: a power of two.</param>
    public PerfMemory(ulong* head, ulong* tail, byte* data, ulong size)
    {
        _head = head;
        _tail = tail;
        _data = data;
        _mask = size - 1;
    }

    public ulong Size => _mask + 1;

    public ulong Head
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref *_head);
    }

    public ulong Tail => Volatile.Read(ref *_tail);

    /// <summary>Gives the space before a position back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(ulong position) => Volatile.Write(ref *_tail, position);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(ulong position) => _data + (position & _mask);

    /// <summary>Whether bytes that begin in the data do not run over its end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(byte* start, uint length) => start + length <= _data + _mask + 1;

    /// <summary>A record's header, which is never cut.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadHeader(ulong position) => *(ulong*)At(position);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint TypeOf(ulong header) => (uint)header;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint SizeOf(ulong header) => (uint)(header >> 48);

    /// <summary>Bytes that run over the end come in one piece only by copying.</summary>
    public void CopyTo(ulong position, Span<byte> destination)
    {
        int first = (int)Math.Min((ulong)destination.Length, Size - (position & _mask));
        new ReadOnlySpan<byte>(At(position), first).CopyTo(destination);
        new ReadOnlySpan<byte>(_data, destination.Length - first).CopyTo(destination[first..]);
    }
}

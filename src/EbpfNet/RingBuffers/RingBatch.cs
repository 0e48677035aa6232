using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>
/// Records between two publications of the consumer position: the innermost loop, by itself, so that all it uses stays in registers. It walks by
/// address: the data stands in memory twice in a row, and a batch is shorter than once.
/// </summary>
internal unsafe ref struct RingBatch
{
    /// <summary>After the last record that was handled or skipped.</summary>
    public byte* Next;

    /// <summary>Where the batch may end.</summary>
    public byte* End;

    /// <summary>How far records are reserved; not before <see cref="End"/>.</summary>
    public byte* Reserved;

    /// <summary>How many more records may be handled.</summary>
    public int Left;

    /// <summary>How many were skipped.</summary>
    public int Discarded;

    /// <summary>Hands over records until the batch is full.</summary>
    /// <returns>Whether there may be more: no record that is still being written was met, and the handler wants to go on.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool Handle<THandler>(ref THandler handler, RingReader reader)
        where THandler : struct, IBpfRecordHandler, allows ref struct
    {
        byte* record = Next;
        byte* end = End;
        int left = Left;

        // Records of a stream tend to be of one length. Where the next one begins is then known before this one's header is loaded: the
        // processor need not wait for one load to know the address of the next. The initial value is no header.
        ulong usual = ulong.MaxValue;
        ulong step = 0;
        do
        {
            uint header = Volatile.Read(ref *(uint*)record);
            if (header != usual)
            {
                if ((header & RingMemory.Busy) != 0)
                {
                    return false;
                }

                ulong size = RingMemory.After(0, header);
                if ((header & RingMemory.Discarded) != 0)
                {
                    record += size;
                    Skip(record, reader);
                    if (record >= end)
                    {
                        return true;
                    }

                    continue;
                }

                usual = header;
                step = size;
            }

            byte* next = record + step;
            if (next >= end)
            {
                return HandleLast(ref handler, record, next, reader);
            }

            // Before the handler is called: if it throws, its record counts as consumed. A finally block would do too, but takes the
            // variables out of the registers.
            Next = next;
            Left = --left;
            if (!handler.Handle(MemoryMarshal.CreateReadOnlySpan(ref *(record + RingMemory.HeaderSize), (int)usual)) || reader.IsToStop)
            {
                return false;
            }

            record = next;
        }
        while (left > 0);

        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool HandleLast<THandler>(ref THandler handler, byte* record, byte* next, RingReader reader)
        where THandler : struct, IBpfRecordHandler, allows ref struct
    {
        RequireReserved(next, reader);
        Next = next;
        Left--;
        uint length = *(uint*)record & RingMemory.LengthMask;
        return handler.Handle(MemoryMarshal.CreateReadOnlySpan(ref *(record + RingMemory.HeaderSize), (int)length)) && !reader.IsToStop;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Skip(byte* next, RingReader reader)
    {
        RequireReserved(next, reader);
        Next = next;
        Discarded++;
    }

    private readonly void RequireReserved(byte* next, RingReader reader)
    {
        if (next > Reserved)
        {
            reader.ThrowImpossible();
        }
    }
}

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>Reads the ring of one CPU. Belongs to the reader in the buffer's gate.</summary>
internal sealed unsafe class PerfRing
{
    /// <summary>A sample begins with its header and the length of what the program gave.</summary>
    private const int BeforePayload = PerfMemory.HeaderSize + sizeof(uint);

    private readonly PerfMemory _memory;
    private readonly RecordReader _reader;
    private readonly bool _isBackward;
    private byte[]? _scratch;
    private ulong _published;
    private long _lost;

    /// <param name="cpu">Whose it is.</param>
    /// <param name="memory">Where it is.</param>
    /// <param name="reader">Who reads it.</param>
    /// <param name="isBackward">Whether it overwrites its oldest records, and is written from its end to its beginning.</param>
    public PerfRing(int cpu, PerfMemory memory, RecordReader reader, bool isBackward = false)
    {
        Cpu = cpu;
        _memory = memory;
        _reader = reader;
        _isBackward = isBackward;
        Position = _published = memory.Tail;
    }

    public int Cpu { get; }

    public ulong Size => _memory.Size;

    /// <summary>After the last record that was read.</summary>
    public ulong Position { get; private set; }

    /// <summary>How many records the kernel has said were lost.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>How many bytes are to be read.</summary>
    public ulong Available => Math.Min(Size, _isBackward ? Volatile.Read(ref _published) - _memory.Head : _memory.Head - Volatile.Read(ref _published));

    /// <summary>How many bytes were read and are still taken.</summary>
    public ulong Unpublished => Position - _published;

    /// <summary>Whether there is something behind what was read.</summary>
    public bool HasMore => _memory.Head != Position;

    /// <summary>How many records there are behind what was read, counting no further than a limit. Never throws.</summary>
    public int CountReady(int limit)
    {
        ulong head = _memory.Head;
        ulong position = Position;
        int count = 0;
        while (position != head && count < limit && TryGetSize(_memory.ReadHeader(position), head - position, out ulong size))
        {
            position += size;
            count++;
        }

        return count;
    }

    /// <summary>Gives the handler what is there now. The hot path.</summary>
    /// <param name="handler">Takes the records.</param>
    /// <param name="left">How many records at most, and then how many less.</param>
    /// <returns>Whether the handler wants to go on.</returns>
    public bool Consume<THandler>(ref THandler handler, ref int left)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct
    {
        ulong head = _memory.Head;
        ulong eighth = Size / RecordReader.PublishFraction;
        bool goesOn = true;
        try
        {
            while (goesOn && left > 0 && Position != head)
            {
                ulong end = Position + Math.Min(head - Position, eighth);
                goesOn = Handle(ref handler, head, end, Math.Min(left, RecordReader.PublishRecords), ref left);
                Publish();
            }
        }
        finally
        {
            Publish();
        }

        return goesOn;
    }

    /// <summary>
    /// Gives the handler what a ring that overwrites its oldest records holds and was not read before, the oldest first. Such a ring is written from its
    /// end to its beginning, and paused meanwhile.
    /// </summary>
    /// <returns>Whether the handler wants to go on.</returns>
    public bool ConsumeBackward<THandler>(ref THandler handler, ref int left)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct
    {
        ulong head = _memory.Head;
        ulong held = Math.Min(Position - head, Size);
        int[] starts = ArrayPool<int>.Shared.Rent((int)Math.Min(int.MaxValue, Size / PerfMemory.HeaderSize));
        try
        {
            // From the newest to the oldest: a sample, with what the kernel wrote before it (that records were lost) at lower addresses.
            int count = 0;
            ulong offset = 0;
            ulong start = 0;
            while (offset < held)
            {
                ulong header = _memory.ReadHeader(head + offset);
                if (!TryGetSize(header, held - offset, out ulong size))
                {
                    break; // The oldest was overwritten in part.
                }

                offset += size;
                if (PerfMemory.TypeOf(header) == PerfMemory.Sample)
                {
                    starts[count++] = (int)start;
                    start = offset;
                }
            }

            if (start < offset)
            {
                starts[count++] = (int)start;
            }

            while (count > 0 && left > 0)
            {
                // Before the handler is called: if it throws, its record counts as consumed.
                ulong end = head + offset;
                offset = (ulong)starts[--count];
                MoveBackTo(head + offset);
                if (!HandleBackward(ref handler, head + offset, end, ref left))
                {
                    return false;
                }
            }

            if (count == 0)
            {
                MoveBackTo(head);
            }

            return true;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(starts);
        }
    }

    /// <summary>The next record, if there is one at or before a head that was read earlier; what is returned is valid until the next call.</summary>
    public bool TryRead(ulong head, out ReadOnlySpan<byte> record)
    {
        while (Position != head)
        {
            ulong position = Position;
            Position += SizeAt(position, head, out uint type);
            if (type == PerfMemory.Sample)
            {
                record = Payload(position, Position - position);
                return true;
            }

            if (type == PerfMemory.LostRecord)
            {
                CountLost(position, Position - position);
            }
        }

        record = default;
        return false;
    }

    public ulong ReadHead() => _memory.Head;

    /// <summary>Gives back the space of all that was read.</summary>
    public void Publish()
    {
        _memory.Publish(Position);
        Volatile.Write(ref _published, Position);
    }

    public void ReturnScratch()
    {
        if (_scratch is not null)
        {
            ArrayPool<byte>.Shared.Return(_scratch);
            _scratch = null;
        }
    }

    private void MoveBackTo(ulong position)
    {
        Position = position;
        Volatile.Write(ref _published, position);
    }

    /// <summary>A sample, after the kernel's word that records were lost before it.</summary>
    private bool HandleBackward<THandler>(ref THandler handler, ulong position, ulong end, ref int left)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct
    {
        while (position != end)
        {
            ulong size = SizeAt(position, end, out uint type);
            if (type == PerfMemory.Sample)
            {
                left--;
                return handler.Handle(Cpu, Payload(position, size)) && !_reader.IsToStop;
            }

            if (type == PerfMemory.LostRecord)
            {
                handler.HandleLost(Cpu, CountLost(position, size));
            }

            position += size;
        }

        return true;
    }

    /// <summary>Records up to the next publication.</summary>
    private bool Handle<THandler>(ref THandler handler, ulong head, ulong end, int limit, ref int left)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct
    {
        int leftAtEnd = left - limit;
        while (HandlePlain(ref handler, head, end, leftAtEnd, ref left))
        {
            if (left == leftAtEnd || Position >= end)
            {
                return true;
            }

            if (!HandleAny(ref handler, head, ref left))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>
    /// Samples that lie in one piece, up to the first that does not: the innermost loop. It calls nothing but the handler, so that its values stay in registers: with calls
    /// for what is rare it had them on the stack, and a record of 64 bytes took 1.5 times as long.
    /// </summary>
    /// <returns>Whether the handler wants to go on.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool HandlePlain<THandler>(ref THandler handler, ulong head, ulong end, int leftAtEnd, ref int left)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct
    {
        PerfMemory memory = _memory;
        RecordReader reader = _reader;
        int cpu = Cpu;
        int leftHere = left;
        ulong position = Position;

        // Records of a stream tend to be of one length: where the next one begins is then known before this one's header is loaded (see
        // RingBatch). No record is as long as the initial value.
        ulong usual = 0;
        ulong size = long.MaxValue;
        while (leftHere > leftAtEnd && position < end)
        {
            ulong header = memory.ReadHeader(position);
            if (header != usual)
            {
                size = PerfMemory.SizeOf(header);
                if (PerfMemory.TypeOf(header) != PerfMemory.Sample || size < BeforePayload + sizeof(uint) || (size & 7) != 0)
                {
                    break;
                }

                usual = header;
            }

            ulong next = position + size;
            uint length = *(uint*)memory.At(position + PerfMemory.HeaderSize); // The end of the data may lie between the two.
            byte* payload = memory.At(position + BeforePayload);
            if (next > head || length > size - BeforePayload || !memory.Contains(payload, length))
            {
                break;
            }

            // Before the handler is called: if it throws, its record counts as consumed.
            Position = next;
            left = --leftHere;
            if (!handler.Handle(cpu, MemoryMarshal.CreateReadOnlySpan(ref *payload, (int)length)) || reader.IsToStop)
            {
                return false;
            }

            position = next;
        }

        return true;
    }

    /// <summary>The next record, whatever it is.</summary>
    /// <returns>Whether the handler wants to go on.</returns>
    private bool HandleAny<THandler>(ref THandler handler, ulong head, ref int left)
        where THandler : struct, IBpfPerfRecordHandler, allows ref struct
    {
        ulong position = Position;
        ulong size = SizeAt(position, head, out uint type);
        ReadOnlySpan<byte> bytes = type == PerfMemory.Sample ? Payload(position, size) : default;
        Position = position + size;
        if (type == PerfMemory.Sample)
        {
            left--;
            return handler.Handle(Cpu, bytes) && !_reader.IsToStop;
        }

        if (type == PerfMemory.LostRecord)
        {
            handler.HandleLost(Cpu, CountLost(position, size));
        }

        return true;
    }

    /// <summary>What the program gave: after the header come its length and the bytes.</summary>
    private ReadOnlySpan<byte> Payload(ulong position, ulong size)
    {
        if (size < BeforePayload + sizeof(uint))
        {
            _reader.ThrowImpossible();
        }

        uint length = *(uint*)_memory.At(position + PerfMemory.HeaderSize);
        if (length > size - BeforePayload)
        {
            _reader.ThrowImpossible();
        }

        byte* start = _memory.At(position + BeforePayload);
        return _memory.Contains(start, length) ? MemoryMarshal.CreateReadOnlySpan(ref *start, (int)length) : CopyPayload(position + BeforePayload, (int)length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadOnlySpan<byte> CopyPayload(ulong position, int length)
    {
        _scratch ??= ArrayPool<byte>.Shared.Rent(ushort.MaxValue); // No record is longer.
        Span<byte> copy = _scratch.AsSpan(0, length);
        _memory.CopyTo(position, copy);
        return copy;
    }

    /// <summary>Adds what the kernel says was lost.</summary>
    private long CountLost(ulong position, ulong size)
    {
        const int CountOffset = PerfMemory.HeaderSize + sizeof(ulong); // An id stands before it.
        if (size < CountOffset + sizeof(ulong))
        {
            _reader.ThrowImpossible();
        }

        long lost = *(long*)_memory.At(position + CountOffset);
        Volatile.Write(ref _lost, _lost + lost);
        return lost;
    }

    private ulong SizeAt(ulong position, ulong head, out uint type)
    {
        ulong header = _memory.ReadHeader(position);
        type = PerfMemory.TypeOf(header);
        if (!TryGetSize(header, head - position, out ulong size))
        {
            _reader.ThrowImpossible();
        }

        return size;
    }

    private static bool TryGetSize(ulong header, ulong available, out ulong size)
    {
        size = PerfMemory.SizeOf(header);
        return size >= PerfMemory.HeaderSize && (size & 7) == 0 && size <= available;
    }
}

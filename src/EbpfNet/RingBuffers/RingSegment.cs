using System.Buffers;

namespace EbpfNet;

/// <summary>One record in a pipe's sequence. Used again and again by its pipe.</summary>
internal sealed class RingSegment : ReadOnlySequenceSegment<byte>
{
    /// <summary>The pipe that it is part of at the moment; nobody's while it is spare.</summary>
    public object? Owner { get; private set; }

    /// <summary>The position in the ring after the record and what was skipped behind it.</summary>
    public ulong End { get; set; }

    public RingSegment? NextSegment
    {
        get => (RingSegment?)Next;
        set => Next = value;
    }

    /// <summary>In bytes of the pipe from its beginning.</summary>
    public long EndIndex => RunningIndex + Memory.Length;

    public void Use(object owner, ReadOnlyMemory<byte> memory, long runningIndex, ulong end)
    {
        Owner = owner;
        Memory = memory;
        RunningIndex = runningIndex;
        End = end;
        Next = null;
    }

    public void Retire(RingSegment? spare)
    {
        Owner = null;
        Memory = default;
        Next = spare;
    }
}

using System.Buffers;

namespace EbpfNet;

/// <summary>One record in a pipe's sequence. Used again and again.</summary>
internal sealed class RingSegment : ReadOnlySequenceSegment<byte>
{
    /// <summary>The chain that it belongs to.</summary>
    public RingSegmentChain? Chain { get; set; }

    /// <summary>The position in the ring after the record and what was skipped behind it.</summary>
    public ulong End { get; set; }

    public RingSegment? NextSegment
    {
        get => (RingSegment?)Next;
        set => Next = value;
    }

    /// <summary>In bytes of the pipe from its beginning.</summary>
    public long EndIndex => RunningIndex + Memory.Length;

    public void Use(ReadOnlyMemory<byte> memory, long runningIndex, ulong end)
    {
        Memory = memory;
        RunningIndex = runningIndex;
        End = end;
    }
}

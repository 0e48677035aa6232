using System.Buffers;

namespace EbpfNet;

/// <summary>A ring's data as <see cref="Memory{T}"/>. A use after the ring is gone throws, and what is pinned stays mapped.</summary>
internal sealed unsafe class RingBytes : MemoryManager<byte>
{
    /// <summary>A record is shorter than 2^30 bytes, so that a window of this many steps and twice as much behind them holds it whole.</summary>
    private const int WindowBits = 29;

    private readonly RingReader _reader;
    private readonly byte* _start;
    private readonly int _length;

    private RingBytes(RingReader reader, byte* start, int length)
    {
        _reader = reader;
        _start = start;
        _length = length;
    }

    /// <summary>Windows over the data, which may be longer than a span can be. Nearly always one.</summary>
    public static RingBytes[] Over(RingReader reader)
    {
        ulong total = 2 * reader.Memory.Size;
        var windows = new RingBytes[1 + (int)((reader.Memory.Size - 1) >> WindowBits)];
        for (int i = 0; i < windows.Length; i++)
        {
            ulong offset = (ulong)i << WindowBits;
            windows[i] = new RingBytes(reader, reader.Memory.Data + offset, (int)Math.Min(total - offset, int.MaxValue));
        }

        return windows;
    }

    public static Memory<byte> Slice(RingBytes[] windows, byte* data, byte* payload, int length)
    {
        ulong offset = (ulong)(payload - data);
        RingBytes window = windows[offset < (1UL << WindowBits) * (ulong)windows.Length ? offset >> WindowBits : (ulong)windows.Length - 1];
        return window.CreateMemory((int)(payload - window._start), length);
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_reader.IsReleased, _reader);
        return new Span<byte>(_start, _length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length, nameof(elementIndex));
        bool held = false;
        _reader.Pages?.DangerousAddRef(ref held);
        return new MemoryHandle(_start + elementIndex, default, this);
    }

    public override void Unpin() => _reader.Pages?.DangerousRelease();

    protected override void Dispose(bool disposing)
    {
        // Nothing of its own: the ring's reader gives the memory back.
    }
}

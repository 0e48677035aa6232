using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>The C side of ring buffers (<c>native/ring.c</c>).</summary>
internal static partial class RawRing
{
    private const string Library = "raw_bpf";

    [LibraryImport(Library, EntryPoint = "raw_ring_open")]
    public static partial nint Open(int map, nuint size);

    [LibraryImport(Library, EntryPoint = "raw_ring_close")]
    public static partial void Close(nint ring);

    [LibraryImport(Library, EntryPoint = "raw_ring_rewind")]
    public static partial void Rewind(nint ring);

    [LibraryImport(Library, EntryPoint = "raw_ring_consume")]
    public static partial nint Consume(nint ring, uint words, ref ulong hash);

    /// <summary>Fills in how long each record took from submit to callback; tells how many it got.</summary>
    [LibraryImport(Library, EntryPoint = "raw_ring_latencies")]
    public static partial nint Latencies(nint ring, int map, nint count, Span<long> nanoseconds);
}

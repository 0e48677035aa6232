using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>The C side: loops over the bare <c>bpf()</c> call (<c>native/raw_bpf.c</c>).</summary>
internal static unsafe partial class RawBpf
{
    private const string Library = "raw_bpf";

    public static bool IsBuilt => File.Exists(Path.Combine(AppContext.BaseDirectory, "libraw_bpf.so"));

    [LibraryImport(Library, EntryPoint = "raw_lookup")]
    public static partial nint Lookup(int map, uint* keys, uint mask, nint count, ulong* sum);

    [LibraryImport(Library, EntryPoint = "raw_update")]
    public static partial nint Update(int map, uint* keys, uint mask, nint count);

    /// <summary>CPU time of the calling thread, in nanoseconds.</summary>
    [LibraryImport(Library, EntryPoint = "raw_thread_time")]
    public static partial long ThreadTime();

    /// <summary>Keeps the calling thread on the CPU that it runs on; tells which, or -1.</summary>
    [LibraryImport(Library, EntryPoint = "raw_pin_thread")]
    public static partial int PinThread();
}

using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>Clocks and CPUs, from C (<c>native/measure.c</c>).</summary>
internal static partial class Measure
{
    private const string Library = "measure";

    /// <summary>CPU time of the calling thread, in nanoseconds.</summary>
    [LibraryImport(Library, EntryPoint = "measure_thread_time")]
    public static partial long ThreadTime();

    /// <summary>Keeps the calling thread, and those that it starts, on a CPU, or for -1 on the one that it runs on; tells which, or -1.</summary>
    [LibraryImport(Library, EntryPoint = "measure_pin_thread")]
    public static partial int PinThread(int cpu);
}

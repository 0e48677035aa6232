// Opens and loads an object once, and prints what that has cost this process: user and system CPU time in nanoseconds, and managed bytes.
// native/first_load.c is the same with libbpf.
using EbpfNet;

if (args is not [string path])
{
    Console.Error.WriteLine("Usage: EbpfNet.FirstLoad OBJECT");
    return 2;
}

long bytes = GC.GetAllocatedBytesForCurrentThread();
TimeSpan start = Environment.CpuUsage.TotalTime;
using BpfObject loaded = BpfObject.Load(path);
TimeSpan end = Environment.CpuUsage.TotalTime;
bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
Console.WriteLine(FormattableString.Invariant($"{(end - start).TotalNanoseconds:0} {bytes}"));
return 0;

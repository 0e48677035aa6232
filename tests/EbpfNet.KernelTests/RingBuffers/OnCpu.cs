using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.RingBuffers;

/// <summary>Runs something on a certain CPU.</summary>
internal static unsafe partial class OnCpu
{
    public static void Run(int cpu, Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                ulong* mask = stackalloc ulong[16];
                new Span<ulong>(mask, 16).Clear();
                mask[cpu / 64] = 1UL << (cpu % 64);
                Assert.Equal(0, SetAffinity(0, 16 * sizeof(ulong), mask));
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint size, ulong* mask);
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Loading;

/// <summary>The running kernel's types: where they come from, how long they live, what they cost.</summary>
public class KernelBtfTests : KernelTest
{
    [SkippableFact]
    public void The_types_are_those_that_the_kernel_gives()
    {
        KernelBtf kernel = KernelBtf.OpenRunning();
        Assert.True(kernel.IsRunningKernel);
        Assert.True(kernel.Vmlinux.Data.Span.SequenceEqual(File.ReadAllBytes(KernelProbes.KernelTypesFile)));
        Assert.True(kernel.Vmlinux.TryFind("task_struct", out BtfStruct? _));
    }

    [SkippableFact]
    public void What_the_kernel_does_not_map_is_read()
    {
        // As kernels before 6.16 do with their types: a file of known length that refuses to be mapped.
        const string Notes = "/sys/kernel/notes";
        Skip.IfNot(File.Exists(Notes), $"{Notes} is missing");
        byte[] contents = File.ReadAllBytes(Notes);
        Assert.NotEmpty(contents);
        Assert.False(MappedFile.TryMap(Notes).HasValue);
        Assert.True(MappedFile.Read(Notes).Span.SequenceEqual(contents));
    }

    [SkippableFact]
    public void Modules_continue_the_kernels_types()
    {
        KernelBtf kernel = KernelBtf.OpenRunning();
        foreach (string name in kernel.ModuleNames)
        {
            BtfSpec module = kernel.FindModule(name)!;
            Assert.Same(kernel.Vmlinux, module.Base);
            Assert.Same(module, kernel.FindModule(name));
        }

        Assert.Null(kernel.FindModule("ebpfnet_no_such_module"));
        Assert.Null(kernel.FindModule("vmlinux"));
    }

    [SkippableFact]
    public void Loads_share_the_types_that_somebody_holds()
    {
        KernelBtf held = KernelBtf.OpenRunning();
        Assert.Same(held, KernelBtf.OpenRunning());
        GC.KeepAlive(held);
    }

    [SkippableFact]
    public void The_memory_goes_with_the_last_object_that_refers_to_it_and_not_before()
    {
        KernelBtf.Unshare(); // What other tests still hold is theirs.
        int mappedBefore = MappedTypes();
        WeakReference types = UseWithoutTheKernelBtf();
        long start = Stopwatch.GetTimestamp();
        while (types.IsAlive && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10))
        {
            Collect();
            Thread.Sleep(20);
        }

        Assert.False(types.IsAlive);
        Assert.InRange(MappedTypes(), 0, mappedBefore);
    }

    [SkippableFact]
    public void A_load_without_relocations_leaves_the_kernels_types_alone()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("kernel_types", "needs_nothing"));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 256 * 1024);
    }

    [SkippableFact]
    public void The_kernels_types_take_less_than_a_megabyte_of_managed_memory()
    {
        BpfObjectSpec spec = TestObjects.Read("core_many");
        BpfObject.Load(spec).Dispose();
        Collect();
        long first = MeasureLoad(spec);
        KernelBtf held = KernelBtf.OpenRunning();
        MeasureLoad(spec);
        long withoutTypes = MeasureLoad(spec);
        GC.KeepAlive(held);
        Assert.InRange(first - withoutTypes, 1, (1 << 20) - 1);
    }

    private static int MappedTypes() => File.ReadLines("/proc/self/maps").Count(line => line.Contains(KernelProbes.KernelTypesFile, StringComparison.Ordinal));

    private static long MeasureLoad(BpfObjectSpec spec)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        BpfObject.Load(spec).Dispose();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseWithoutTheKernelBtf()
    {
        BtfSpec types = OpenAndForget();
        Collect();
        Assert.True(types.TryFind("task_struct", out BtfStruct? task));
        Assert.NotEmpty(task.Members);
        return new WeakReference(types);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static BtfSpec OpenAndForget() => KernelBtf.OpenRunning().Vmlinux;

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}

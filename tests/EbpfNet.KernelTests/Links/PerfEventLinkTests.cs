using System.Diagnostics;
using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>A program runs on samples of the kernel's clock, on all CPUs and in one process: by links and, with the probe's answer forced, as before Linux 5.15.</summary>
[Trait("OtherKernels", "")]
public sealed partial class PerfEventLinkTests : KernelTest
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromMilliseconds(100);

    private readonly ProbeObject _counter;

    public PerfEventLinkTests() => _counter = new ProbeObject("on_sample");

    public override void Dispose()
    {
        _counter.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Samples_are_seen_on_all_CPUs(bool byLink)
    {
        Skip.If(byLink && !PerfEventProbes.Links.IsPresent, "this kernel has no links to perf events (Linux 5.15)");
        using FeatureProbe.Scope _ = PerfEventProbes.Links.Override(byLink);
        Hook.Sees(() => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 1000 }), KeepBusy, () => _counter.Seen, link =>
        {
            Assert.Equal((byLink, PerfEventHook.Sampling), (link.IsKernelLink, link.Hook));
            Assert.Equal(OnlineCpus.Read()!.Count == 1 && byLink, link.Id != 0);
            Assert.Equal(byLink ? OnlineCpus.Read()!.Count : 0, link.Ids.Distinct().Count());
            foreach (int cpu in OnlineCpus.Read()!)
            {
                ulong before = _counter.Seen;
                OnThread(() => KeepBusyOn(cpu));
                Assert.True(_counter.Seen > before, $"Nothing was seen on CPU {cpu}.");
            }
        });
    }

    [SkippableFact]
    public void Several_links_in_one_say_so_where_one_is_needed()
    {
        Skip.IfNot(PerfEventProbes.Links.IsPresent, "this kernel has no links to perf events (Linux 5.15)");
        using var worker = new BusyThread();
        using PerfEventLink many = _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 10, ProcessId = Environment.ProcessId });

        Assert.Contains($"it is {many.Ids.Count} kernel links, one for each CPU or thread", Assert.Throws<BpfNotSupportedException>(() => many.Pin("/sys/fs/bpf/x")).Message, StringComparison.Ordinal);
        Assert.Throws<BpfNotSupportedException>(many.GetInfo);
        Assert.True(many.IsKernelLink);
        Assert.All(many.Ids, id => PerfEventLink.OpenById(id).Dispose());
    }

    [SkippableFact]
    public void Counters_of_the_processor_are_seen_or_the_machine_is_named_as_the_reason()
    {
        var options = new PerfEventOptions(BpfPerfCounter.CpuCycles) { Frequency = 1000 };
        if (Record.Exception(() => _counter.Program.AttachPerfEvent(options).Dispose()) is BpfSyscallException e)
        {
            Assert.True(e.Error is BpfErrno.ENOENT or BpfErrno.EOPNOTSUPP, e.Message);
            Assert.Contains("virtual machines often have no hardware counters", e.Message, StringComparison.Ordinal);
            return;
        }

        Hook.Sees(() => _counter.Program.AttachPerfEvent(options), KeepBusy, () => _counter.Seen);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void All_threads_of_a_process_are_sampled_those_of_now_and_later_ones(bool isLater)
    {
        using BusyThread? there = isLater ? null : new BusyThread();
        var options = new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 1000, ProcessId = Environment.ProcessId, Cookie = PerfEventProbes.Links.IsPresent ? 6ul : null };

        Hook.Sees(() => _counter.Program.AttachPerfEvent(options), () => Wait(there), () => _counter.Seen);
        if (!isLater)
        {
            Assert.Equal(options.Cookie ?? 0, _counter.Cookies); // Threads that begin later are told none.
        }

        static void Wait(BusyThread? worker)
        {
            if (worker is null)
            {
                OnThread(KeepBusy);
            }
            else
            {
                worker.KeepBusy();
            }
        }
    }

    [SkippableFact]
    public void Only_a_thread_that_was_named_is_sampled()
    {
        using var named = new BusyThread();
        using var other = new BusyThread();

        Hook.Sees(() => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 1000, ThreadId = named.ThreadId }), named.KeepBusy, () => _counter.Seen, _ =>
        {
            ulong before = _counter.Seen;
            other.KeepBusy();
            Assert.InRange(_counter.Seen, before, before + 3); // Waking up takes it a moment.
        });
    }

    [SkippableFact]
    public void Samples_of_one_CPU_are_one_link_that_tells_what_it_is()
    {
        Skip.IfNot(PerfEventProbes.Links.IsPresent, "this kernel has no links to perf events (Linux 5.15)");
        using PerfEventLink link = _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Period = 1_000_000, Cpus = [OnlineCpus.Read()![0]], Cookie = 5 });
        using PerfEventLink opened = PerfEventLink.OpenById(link.Id);
        if (opened.Hook != PerfEventHook.Unspecified)
        {
            Assert.Equal(PerfEventHook.Sampling, opened.Hook);
            Assert.Matches("^the perf event with type [0-9]+ and config 0$", opened.Target); // The kernel's clocks have types of their own by then.
        }

        Assert.Equal("the link to the perf event with type 1 and config 0", link.ToString());
    }

    [SkippableFact]
    public void Only_a_process_that_was_named_is_sampled()
    {
        using Process busy = Process.Start(new ProcessStartInfo("sh", ["-c", "while :; do :; done"]))!;
        using ProbeObject counter = new("on_sample", process: busy.Id);
        try
        {
            Hook.Sees(() => counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 1000, ProcessId = busy.Id }), WaitForMore, () => counter.Seen);
            using PerfEventLink own = counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 1000, ProcessId = Environment.ProcessId });
            ulong before = counter.Seen;
            KeepBusy();
            Assert.Equal(before, counter.Seen);
        }
        finally
        {
            busy.Kill();
            busy.WaitForExit();
        }

        // The other process may have to wait for its turn.
        void WaitForMore()
        {
            ulong before = counter.Seen;
            _ = SpinWait.SpinUntil(() => counter.Seen > before, LongEnough * 5);
        }
    }

    [SkippableFact]
    public void What_contradicts_itself_or_is_not_there_is_refused()
    {
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock)));
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Period = 1, Frequency = 1 }));
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Period = 1, ProcessId = 1, Cpus = [0] }));
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Period = 1, ProcessId = 1, ThreadId = 1 }));
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 10, Cpus = [0, 4095] }));
        Assert.Contains("CPU 4095 is not there or not running", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 10, ProcessId = int.MaxValue }));
        Assert.Contains("There is no process", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 10, ThreadId = int.MaxValue }));
        Assert.Contains("There is no thread", e.Message, StringComparison.Ordinal);
        Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachPerfEvent(new PerfEventOptions(new BpfPerfCounter(1, 9999)) { Frequency = 10 }));
    }

    private static void OnThread(Action work)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(work));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private static unsafe void KeepBusyOn(int cpu)
    {
        const int Longs = 128;
        ulong* mask = stackalloc ulong[Longs];
        mask[cpu / 64] = 1UL << (cpu % 64);
        Assert.Equal(0, SetAffinity(0, Longs * sizeof(ulong), mask));
        KeepBusy();
    }

    private static void KeepBusy()
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < LongEnough)
        {
            Thread.SpinWait(1000);
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static unsafe partial int SetAffinity(int thread, nint size, ulong* mask);

    /// <summary>A thread that is busy when it is told to be, and asleep otherwise.</summary>
    private sealed class BusyThread : IDisposable
    {
        private readonly SemaphoreSlim _begin = new(0);
        private readonly SemaphoreSlim _end = new(0);
        private readonly Thread _thread;
        private volatile bool _ends;

        public BusyThread()
        {
            _thread = new Thread(Run);
            _thread.Start();
            _end.Wait();
        }

        public int ThreadId { get; private set; }

        public void KeepBusy()
        {
            _begin.Release();
            _end.Wait();
        }

        public void Dispose()
        {
            _ends = true;
            _begin.Release();
            _thread.Join();
            _begin.Dispose();
            _end.Dispose();
        }

        private void Run()
        {
            ThreadId = (int)TaskCalls.Call(KernelArchitecture.Current.GetThreadIdSyscallNumber, 0, 0);
            _end.Release();
            for (_begin.Wait(); !_ends; _begin.Wait())
            {
                PerfEventLinkTests.KeepBusy();
                _end.Release();
            }
        }
    }
}

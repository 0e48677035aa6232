using System.Diagnostics;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>A program runs on samples of the kernel's clock, on all CPUs and in one process: by links and, with the probe's answer forced, as before Linux 5.15.</summary>
[Trait("OtherKernels", "")]
public sealed class PerfEventLinkTests : KernelTest
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
            Hook.Sees(() => counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 1000, ProcessId = busy.Id }), () => Thread.Sleep(LongEnough), () => counter.Seen);
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
    }

    [SkippableFact]
    public void What_contradicts_itself_or_is_not_there_is_refused()
    {
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock)));
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Period = 1, Frequency = 1 }));
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Period = 1, ProcessId = 1, Cpus = [0] }));
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 10, Cpus = [0, 4095] }));
        Assert.Contains("CPU 4095 is not there or not running", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 10, ProcessId = int.MaxValue }));
        Assert.Contains("There is no process", e.Message, StringComparison.Ordinal);
        Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachPerfEvent(new PerfEventOptions(new BpfPerfCounter(1, 9999)) { Frequency = 10 }));
    }

    private static void KeepBusy()
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < LongEnough)
        {
            Thread.SpinWait(1000);
        }
    }
}

using System.Globalization;
using EbpfNet.Kernel;
using Xunit.Abstractions;

namespace EbpfNet.KernelTests.Links;

/// <summary>
/// Attaching and detaching again and again leaves everything as it was: descriptors here; programs, maps, links and mappings after the kernel's grace period.
/// <c>EBPFNET_ATTACH_CYCLES=10000 dotnet test tests/EbpfNet.KernelTests --filter AttachCycle</c> does it as often as that; each cycle takes 20 to 130 ms, because detaching waits for all CPUs.
/// </summary>
public sealed class AttachCycleTests(ITestOutputHelper output) : KernelTest
{
    private static readonly int Cycles =
        int.TryParse(Environment.GetEnvironmentVariable("EBPFNET_ATTACH_CYCLES"), NumberStyles.None, CultureInfo.InvariantCulture, out int cycles) ? cycles : 200;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    [SkippableFact]
    public void XDP_leaves_nothing_behind()
    {
        Skip.IfNot(XdpProbes.Links.IsPresent, "this kernel has no XDP links");
        using XdpHosts hosts = new();
        using BpfProgram pass = XdpPrograms.Pass();
        Repeat(() => hosts.Attach(pass, XdpMode.Generic), () => hosts.ProgramId == pass.Id);
        Assert.Null(hosts.ProgramId);
    }

    [SkippableFact]
    public void Tcx_leaves_nothing_behind()
    {
        Skip.IfNot(TcProbes.Tcx.IsPresent, "this kernel has no tcx");
        using TrafficHosts traffic = new();
        TcAttachOptions byLink = new() { Mechanism = TcMechanism.Tcx };
        Repeat(() => traffic.Attach(traffic.Count, options: byLink), () => traffic.ProgramIds().SequenceEqual([traffic.Count.Id]));
        Assert.Empty(traffic.ProgramIds());
    }

    [SkippableFact]
    public unsafe void A_uprobe_leaves_nothing_behind()
    {
        using TraceFiles files = new();
        using ProbeObject counter = new("on_function");
        Repeat(() => counter.Program.AttachUprobe("libc", "getrlimit"), () => Counts(counter, () =>
        {
            LibC.ResourceLimit limit;
            _ = LibC.GetResourceLimit(0, &limit);
        }));
    }

    [SkippableFact]
    public void A_tracepoint_leaves_nothing_behind()
    {
        using TraceFiles files = new();
        using ProbeObject counter = new("on_tracepoint");
        Repeat(() => counter.Program.AttachTracepoint("syscalls", "sys_enter_gettid"), () => Counts(counter, () => _ = TaskCalls.Call(KernelArchitecture.Current.GetThreadIdSyscallNumber, 0, 0)));
    }

    private static bool Counts(ProbeObject counter, Action happen)
    {
        ulong before = counter.Seen;
        happen();
        return counter.Seen > before;
    }

    private void Repeat<TLink>(Func<TLink> attach, Func<bool> isSeen)
        where TLink : BpfLink
    {
        Cycle(); // What is made once and kept is there from now on.
        KernelObjectSnapshot before = KernelObjectSnapshot.Take();
        int descriptors = CountDescriptors();
        long start = Environment.TickCount64;
        for (int i = 0; i < Cycles; i++)
        {
            Cycle();
        }

        output.WriteLine($"{Cycles} cycles in {Environment.TickCount64 - start} ms");
        Assert.Empty(before.FindLeftovers(Grace));
        Assert.True(SpinWait.SpinUntil(() => CountDescriptors() <= descriptors, Grace), $"{CountDescriptors()} descriptors, and {descriptors} before");

        void Cycle()
        {
            using TLink link = attach();
            Assert.True(isSeen(), $"{link} is not there.");
        }
    }

    private static int CountDescriptors() => Directory.GetFiles("/proc/self/fd").Length;
}

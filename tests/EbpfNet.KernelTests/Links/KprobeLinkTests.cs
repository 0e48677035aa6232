using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs on functions of the kernel, in each way that a probe is made.</summary>
[Trait("OtherKernels", "")]
public sealed class KprobeLinkTests : KernelTest
{
    private readonly TraceFiles _files;
    private readonly ProbeObject _counter;

    public KprobeLinkTests()
    {
        _files = new TraceFiles();
        _counter = new ProbeObject("on_function");
    }

    private static string Function => KernelArchitecture.Current.SystemCallPrefix + "gettid";

    public override void Dispose()
    {
        _counter.Dispose();
        _files.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(ProbeWay.Link, false)]
    [InlineData(ProbeWay.Link, true)]
    [InlineData(ProbeWay.Event, false)]
    [InlineData(ProbeWay.Event, true)]
    [InlineData(ProbeWay.DefinedWithLink, false)]
    [InlineData(ProbeWay.Defined, false)]
    [InlineData(ProbeWay.Defined, true)]
    public void A_kernel_function_is_seen(ProbeWay way, bool isReturn)
    {
        RequireKprobes();
        using ForcedProbeWay forced = new(way);
        Hook.Sees(() => _counter.Program.AttachKprobe(Function, new KprobeOptions { Return = isReturn }), GetThreadId, () => _counter.Seen, link =>
        {
            Assert.Equal((forced.HasLink, Function, isReturn ? PerfEventHook.Kretprobe : PerfEventHook.Kprobe), (link.IsKernelLink, link.Target, link.Hook));
            Assert.Equal(way is ProbeWay.Defined or ProbeWay.DefinedWithLink ? 1 : 0, LeftoverProbe.FindAll().Count);
        });
        Assert.Empty(LeftoverProbe.FindAll());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_system_call_is_seen_by_its_plain_name(bool isReturn)
    {
        RequireKprobes();
        Hook.Sees(() => _counter.Program.AttachKsyscall("gettid", new KprobeOptions { Return = isReturn }), GetThreadId, () => _counter.Seen, link => Assert.Equal(Function, link.Target));
    }

    [SkippableFact]
    public void A_number_of_returns_that_are_waited_for_is_taken()
    {
        RequireKprobes();
        Hook.Sees(() => _counter.Program.AttachKprobe(Function, new KprobeOptions { Return = true, MaxActive = 7 }), GetThreadId, () => _counter.Seen, _ =>
            Assert.StartsWith("r7:", Assert.Single(LeftoverProbe.FindAll()).Definition, StringComparison.Ordinal));
    }

    [SkippableFact]
    public void A_cookie_is_told_and_an_opened_link_tells_its_function()
    {
        RequireKprobes();
        Skip.IfNot(PerfEventProbes.Links.IsPresent, "this kernel has no cookies (Linux 5.15)");
        using PerfEventLink link = _counter.Program.AttachKprobe(Function, new KprobeOptions { Cookie = 99 });
        GetThreadId();
        Assert.Equal(99ul, _counter.Cookie);
        using PerfEventLink opened = PerfEventLink.OpenById(link.Id);
        if (opened.Hook != PerfEventHook.Unspecified)
        {
            Assert.Equal((PerfEventHook.Kprobe, Function), (opened.Hook, opened.Target));
        }
    }

    [SkippableTheory]
    [InlineData(ProbeWay.Event)]
    [InlineData(ProbeWay.Defined)]
    public void A_function_that_is_not_there_is_named_with_what_there_is(ProbeWay way)
    {
        RequireKprobes();
        using ForcedProbeWay forced = new(way);
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachKprobe("tcp_clos"));
        Assert.Contains("attach program 'on_function' to kernel function 'tcp_clos'", e.Message, StringComparison.Ordinal);
        Assert.Contains("`tcp_clos`: did you mean `tcp_close`?", e.Message, StringComparison.Ordinal);

        e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachKsyscall("gettidd"));
        Assert.Contains("`gettidd`: did you mean `gettid`?", e.Message, StringComparison.Ordinal);
        Assert.Empty(LeftoverProbe.FindAll());
    }

    [SkippableFact]
    public void A_place_without_an_instruction_and_what_contradicts_itself_are_refused()
    {
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachKprobe(Function, new KprobeOptions { Return = true, Offset = 1 }));
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachKprobe(Function, new KprobeOptions { MaxActive = 7 }));
        RequireKprobes();
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachKprobe(Function, new KprobeOptions { Offset = 1 }));
        Assert.Contains("No instruction begins 0x1 bytes from the start", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_kernel_without_them_is_named_as_the_reason()
    {
        Skip.IfNot(PerfEventProbes.KernelProbeEvents.IsMissing, "this kernel has kprobes");
        BpfNotSupportedException e = Assert.Throws<BpfNotSupportedException>(() => _counter.Program.AttachKprobe(Function));
        Assert.Contains("CONFIG_KPROBES", e.Message, StringComparison.Ordinal);
    }

    private static void GetThreadId() => _ = TaskCalls.Call(KernelArchitecture.Current.GetThreadIdSyscallNumber, 0, 0);

    private static void RequireKprobes() => Skip.IfNot(PerfEventProbes.KernelProbeEvents.IsPresent, "this kernel has no kprobes");
}

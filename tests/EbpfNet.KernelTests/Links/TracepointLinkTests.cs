using EbpfNet.Kernel;
using Microsoft.Win32.SafeHandles;

namespace EbpfNet.KernelTests.Links;

/// <summary>A program counts a system call of this process by the kernel's tracepoint: by link and, with the probe's answer forced, as on kernels before 5.15.</summary>
[Trait("OtherKernels", "")]
public sealed class TracepointLinkTests : KernelTest
{
    private readonly TraceFiles _files;
    private readonly ProbeObject _counter;

    public TracepointLinkTests()
    {
        _files = new TraceFiles();
        _counter = new ProbeObject("on_tracepoint");
    }

    public override void Dispose()
    {
        _counter.Dispose();
        _files.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_system_call_is_seen(bool byLink)
    {
        using FeatureProbe.Scope? _ = Force(byLink);
        Hook.Sees(() => _counter.Program.AttachTracepoint("syscalls", "sys_enter_gettid"), GetThreadId, () => _counter.Seen, link =>
        {
            Assert.Equal((byLink, PerfEventHook.Tracepoint, "syscalls/sys_enter_gettid"), (link.IsKernelLink, link.Hook, link.Target));
            Assert.Equal(byLink, link.Id != 0);
            Assert.Equal("the link to tracepoint 'syscalls/sys_enter_gettid'", link.ToString());
        });
    }

    [SkippableFact]
    public void Where_tracefs_is_not_mounted_a_process_has_its_own()
    {
        using SafeFileHandle? own = DetachedMount.TryMake("tracefs\0"u8);
        Assert.NotNull(own);

        ulong? id = TraceFileSystem.ReadEventId($"/proc/self/fd/{own.DangerousGetHandle()}", "sched", "sched_switch");

        Assert.NotNull(id);
        Assert.Equal(TraceFileSystem.ReadEventId(_files.Folder, "sched", "sched_switch"), id);
        Assert.Null(DetachedMount.TryMake("no_such_file_system\0"u8));
    }

    [SkippableFact]
    public void A_program_is_told_the_number_of_its_attachment()
    {
        RequireLinks();
        using PerfEventLink link = _counter.Program.AttachTracepoint("syscalls", "sys_enter_gettid", cookie: 0x1234_5678_9abc);
        GetThreadId();

        Assert.Equal(0x1234_5678_9abcul, _counter.Cookie);
        using FeatureProbe.Scope _ = PerfEventProbes.Links.Override(false);
        BpfNotSupportedException e = Assert.Throws<BpfNotSupportedException>(() => _counter.Program.AttachTracepoint("syscalls", "sys_enter_gettid", cookie: 1));
        Assert.Equal(new Version(5, 15), e.SinceKernel);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_tracepoints_of_one_program_end_each_for_itself(bool byLink)
    {
        using FeatureProbe.Scope? _ = Force(byLink);
        PerfEventLink enter = _counter.Program.AttachTracepoint("syscalls", "sys_enter_gettid");
        using PerfEventLink exit = _counter.Program.AttachTracepoint("syscalls", "sys_exit_gettid");
        GetThreadId();
        Assert.Equal(2ul, _counter.Seen);
        enter.Detach();
        Assert.True(enter.IsDisposed);
        GetThreadId();
        Assert.Equal(3ul, _counter.Seen);

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachTracepoint("syscalls", "sys_exit_gettid"));
        Assert.Equal(BpfErrno.EEXIST, e.Error);
        Assert.Contains("attached there already", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_pinned_link_outlives_its_object_and_is_opened_again()
    {
        RequireLinks();
        using BpfFileSystem pins = new();
        using (PerfEventLink link = _counter.Program.AttachTracepoint("syscalls", "sys_enter_gettid", cookie: 7))
        {
            link.Pin(pins["link"]);
        }

        GetThreadId();
        Assert.Equal(1ul, _counter.Seen);
        using PerfEventLink opened = PerfEventLink.OpenPinned(pins["link"]);
        using PerfEventLink again = PerfEventLink.OpenById(opened.Id);
        Assert.Equal(_counter.Program.Id, again.Program.Id);
        if (opened.Hook != PerfEventHook.Unspecified)
        {
            Assert.Equal((PerfEventHook.Tracepoint, "sys_enter_gettid"), (opened.Hook, opened.Target));
        }

        again.Dispose();
        opened.Detach();
        GetThreadId();
        Assert.Equal(1ul, _counter.Seen);
        Assert.Empty(pins.Entries);
    }

    [SkippableTheory]
    [InlineData("syscalls", "sys_enter_gettidd", "`sys_enter_gettidd`: did you mean `sys_enter_gettid`?")]
    [InlineData("syscall", "sys_enter_gettid", "did you mean `syscalls/sys_enter_gettid`?")]
    [InlineData("scheduler", "nothing_of_that_name", "There is no category 'scheduler'")]
    [InlineData("sched", "nothing_of_that_name", "and none of that name")]
    [InlineData("..", "events", "There is no category '..'")]
    public void A_tracepoint_that_is_not_there_is_named_with_what_there_is(string category, string name, string advice)
    {
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachTracepoint(category, name));

        Assert.Equal(BpfErrno.ENOENT, e.Error);
        Assert.Contains($"attach program 'on_tracepoint' to tracepoint '{category}/{name}'", e.Message, StringComparison.Ordinal);
        Assert.Contains(advice, e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_program_of_another_type_is_refused()
    {
        using ProbeObject other = new("on_function");
        Assert.Throws<ArgumentException>("program", () => other.Program.AttachTracepoint("syscalls", "sys_enter_gettid"));
        Assert.Throws<BpfNotSupportedException>(() =>
        {
            using PerfEventLink link = _counter.Program.AttachTracepoint("syscalls", "sys_enter_gettid");
            link.Update(_counter.Program);
        });
    }

    private static void GetThreadId() => _ = TaskCalls.Call(KernelArchitecture.Current.GetThreadIdSyscallNumber, 0, 0);

    private static FeatureProbe.Scope? Force(bool byLink)
    {
        if (byLink)
        {
            RequireLinks();
        }

        return PerfEventProbes.Links.Override(byLink);
    }

    private static void RequireLinks() => Skip.IfNot(PerfEventProbes.Links.IsPresent, "this kernel has no links to perf events (Linux 5.15)");
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs on raw tracepoints, by name and by type.</summary>
[Trait("OtherKernels", "")]
public sealed class RawTracepointLinkTests : KernelTest
{
    private const ulong Cookie = 0x1122_3344_5566_7788;

    [SkippableTheory]
    [InlineData("renamed")]
    [InlineData("renamed_by_type")]
    public void A_tracepoint_is_seen_while_the_program_is_attached(string program)
    {
        using TracingKernel kernel = TracingKernel.Load(program);

        Hook.Sees(() => kernel.Program.AttachRawTracepoint(), TracingKernel.Rename, () => kernel.Seen, link =>
        {
            Assert.Equal((BpfLinkType.RawTracepoint, "task_rename", 0ul), (link.Type, link.TracepointName, link.Cookie));
            Assert.Equal("the link to raw tracepoint 'task_rename'", link.ToString());
            Assert.Throws<BpfNotSupportedException>(() => link.Update(kernel.Program));
        });
        Hook.Sees(kernel.Program.Attach, TracingKernel.Rename, () => kernel.Seen);
    }

    [SkippableFact]
    public void The_older_way_attaches_a_program_by_type_as_well()
    {
        using TracingKernel kernel = TracingKernel.Load("renamed_by_type");
        using FeatureProbe.Scope _ = TracingAttacher.ByLinkCreate.Override(false);

        Hook.Sees(() => kernel.Program.AttachRawTracepoint(), TracingKernel.Rename, () => kernel.Seen, link => Assert.Equal(BpfLinkType.RawTracepoint, link.Type));
        Assert.Contains("6.10", Assert.Throws<BpfNotSupportedException>(() => kernel.Program.AttachRawTracepoint(cookie: 1)).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("renamed_with_cookie")]
    [InlineData("renamed_by_type_with_cookie")]
    public void A_cookie_reaches_the_program(string program)
    {
        using TracingKernel kernel = TracingKernel.Load(program);

        Hook.Sees(() => AttachWithCookie(kernel), TracingKernel.Rename, () => kernel.Seen, link => Assert.Equal(Cookie, link.Cookie));

        Assert.Equal(Cookie, kernel.Cookie);
    }

    [SkippableTheory]
    [InlineData("renamed")]
    [InlineData("renamed_by_type")]
    public void Where_the_kernel_has_no_cookies_one_is_refused_and_the_program_never_runs(string program)
    {
        using TracingKernel kernel = TracingKernel.Load(program);
        if (TracingProbes.RawTracepointCookies.IsPresent)
        {
            kernel.Program.AttachRawTracepoint(cookie: 1).Dispose();
            return;
        }

        var stop = new CancellationTokenSource();
        Task renaming = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                TracingKernel.Rename();
            }
        });
        BpfNotSupportedException[] refusals = [.. Enumerable.Range(0, 20).Select(_ => Assert.Throws<BpfNotSupportedException>(() => kernel.Program.AttachRawTracepoint(cookie: 1)))];
        stop.Cancel();
        renaming.Wait();

        Assert.All(refusals, refusal => Assert.Equal(new Version(6, 10), refusal.SinceKernel));
        Assert.Equal(0ul, kernel.Seen);
    }

    [SkippableFact]
    public void A_section_without_a_name_leaves_it_to_the_call()
    {
        using TracingKernel kernel = TracingKernel.Load("renamed_somewhere");

        Assert.Contains("'raw_tracepoint/…', or call AttachRawTracepoint(name)", Assert.Throws<InvalidOperationException>(kernel.Program.Attach).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => kernel.Program.AttachRawTracepoint());
        Hook.Sees(() => kernel.Program.AttachRawTracepoint("task_rename"), TracingKernel.Rename, () => kernel.Seen);
    }

    [SkippableFact]
    public void What_is_set_before_the_load_takes_the_place_of_what_the_section_says()
    {
        using TracingKernel kernel = TracingKernel.Load("renamed_by_type", program => program.AttachTarget = "task_newtask");

        using BpfLink link = kernel.Program.Attach();

        Assert.Equal("task_newtask", Assert.IsType<RawTracepointLink>(link).TracepointName);
        Assert.Contains("was loaded for raw tracepoint 'task_newtask'", Assert.Throws<ArgumentException>(() => kernel.Program.AttachRawTracepoint("task_rename")).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_writable_tracepoint_takes_what_the_program_writes()
    {
        using TracingKernel kernel = TracingKernel.Load("spoils_test_runs");
        using BpfObject tested = BpfObject.Load(TestObjects.ReadOnly("program_targets", "target"));
        BpfErrno result = BpfErrno.None;

        Hook.Sees(() => kernel.Program.Attach(), Run, () => kernel.Seen, _ => Assert.Equal(BpfErrno.ERANGE, result));
        Assert.Equal(BpfErrno.None, result);

        void Run() => result = Record.Exception(() => tested.Programs["target"].TestRun(new BpfTestRun(new byte[64]))) is BpfSyscallException e ? e.Error : BpfErrno.None;
    }

    [SkippableFact]
    public void A_name_that_the_kernel_does_not_have_is_refused_with_the_nearest()
    {
        using TracingKernel kernel = TracingKernel.Load("renamed");

        Assert.Contains("no tracepoint of this name (did you mean 'task_rename'?)", Assert.Throws<BpfSyscallException>(() => kernel.Program.AttachRawTracepoint("task_renam")).Message, StringComparison.Ordinal);
        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => TracingKernel.Load("renamed_by_type", program => program.AttachTarget = "task_rename2"));
        Assert.Contains("did you mean 'task_rename'?", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_program_that_reads_more_arguments_than_there_are_is_refused_with_the_reason()
    {
        using TracingKernel kernel = TracingKernel.Load("reads_too_much");

        Assert.Contains("more arguments than the tracepoint has", Assert.Throws<BpfSyscallException>(kernel.Program.Attach).Message, StringComparison.Ordinal);
        if (TracingProbes.RawTracepointCookies.IsPresent)
        {
            Assert.Contains("more arguments than the tracepoint has", Assert.Throws<BpfSyscallException>(() => kernel.Program.AttachRawTracepoint(cookie: 1)).Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void A_program_of_another_type_is_refused()
    {
        using BpfProgram program = XdpPrograms.Drop();

        Assert.Contains("is of type BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => program.AttachRawTracepoint("task_rename")).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_pinned_link_outlives_its_object_and_a_program_opened_by_id_is_attached_again()
    {
        using var pins = new BpfFileSystem();
        using TracingKernel kernel = TracingKernel.Load("renamed_by_type");
        uint id;
        using (RawTracepointLink link = kernel.Program.AttachRawTracepoint())
        {
            id = link.Id;
            link.Pin(pins["renamed"]);
        }

        using (RawTracepointLink again = RawTracepointLink.OpenPinned(pins["renamed"]))
        using (RawTracepointLink same = RawTracepointLink.OpenById(again.Id))
        {
            Assert.Equal(("task_rename", kernel.Program.Id), (same.TracepointName, again.Program.Id));
            ulong before = kernel.Seen;
            TracingKernel.Rename();
            Assert.True(kernel.Seen > before);
            again.Detach(); // The kernel has no such call for tracing: the pin goes, and the link with its last holder.
            Assert.False(File.Exists(pins["renamed"]));
        }

        TracingKernel.WaitForEnd(id);
        using BpfProgram opened = BpfProgram.OpenById(kernel.Program.Id);
        Hook.Sees(() => opened.AttachRawTracepoint(), TracingKernel.Rename, () => kernel.Seen);
        if (Record.Exception(() => opened.AttachRawTracepoint(cookie: 7).Dispose()) is BpfNotSupportedException lack)
        {
            Assert.Equal(new Version(6, 10), lack.SinceKernel);
            return;
        }

        Hook.Sees(() => opened.AttachRawTracepoint(cookie: 7), TracingKernel.Rename, () => kernel.Seen, link => Assert.Equal("task_rename", link.TracepointName));
    }

    private static RawTracepointLink AttachWithCookie(TracingKernel kernel)
    {
        try
        {
            return kernel.Program.AttachRawTracepoint(cookie: Cookie);
        }
        catch (BpfNotSupportedException e)
        {
            throw new SkipException(e.Message);
        }
    }
}

using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs on functions of the kernel and of other programs, and on security hooks. A kernel in lockdown loads none of them.</summary>
[Trait("OtherKernels", "")]
public sealed class TracingLinkTests : KernelTest
{
    private const ulong Cookie = 0x1122_3344_5566_7788;

    [SkippableTheory]
    [InlineData("entered", BpfAttachType.TraceFentry, true)]
    [InlineData("entered", BpfAttachType.TraceFentry, false)]
    [InlineData("left", BpfAttachType.TraceFexit, true)]
    [InlineData("left", BpfAttachType.TraceFexit, false)]
    [InlineData("in_session", BpfAttachType.TraceFsession, true)]
    public void A_function_is_seen_while_the_program_is_attached(string program, BpfAttachType attachType, bool newestWay)
    {
        using TracingKernel kernel = TracingKernel.Load(program);
        using FeatureProbe.Scope? older = newestWay ? null : TracingAttacher.ByLinkCreate.Override(false);

        Hook.Sees(() => kernel.Program.AttachTracing(), () => kernel.CallTestFunctions(), () => kernel.Seen, link =>
        {
            Assert.Equal((attachType, "bpf_fentry_test1"), (link.AttachType, link.Function));
            Assert.Equal("the link to 'bpf_fentry_test1'", link.ToString());
            Assert.Throws<BpfNotSupportedException>(() => link.Update(kernel.Program));
        });
        using TracingKernel again = TracingKernel.Load(program);
        Hook.Sees(again.Program.Attach, () => again.CallTestFunctions(), () => again.Seen);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_function_returns_is_the_program_s_while_it_is_attached(bool newestWay)
    {
        using TracingKernel kernel = TracingKernel.Load("returns_other");
        using FeatureProbe.Scope? older = newestWay ? null : TracingAttacher.ByLinkCreate.Override(false);
        uint before = kernel.CallTestFunctions() & 0xffff;
        uint result = 0;

        // The kernel's own function returns 4; newer kernels add what others return.
        Hook.Sees(() => kernel.Program.AttachTracing(), () => result = kernel.CallTestFunctions() & 0xffff, () => kernel.Seen, _ => Assert.Equal(before - 4 + 42, result));

        Assert.Equal(before, result);
    }

    [SkippableFact]
    public void A_cookie_reaches_the_program()
    {
        using TracingKernel kernel = TracingKernel.Load("entered_with_cookie");

        Hook.Sees(() => AttachWithCookie(kernel), () => kernel.CallTestFunctions(), () => kernel.Seen, link => Assert.Equal(Cookie, link.Cookie));

        Assert.Equal(Cookie, kernel.Cookie);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_security_hook_is_asked_while_the_program_is_attached(bool newestWay)
    {
        using TracingKernel kernel = TracingKernel.Load("forbids_priorities");
        TracingKernel.RequireSecurityHooks();
        using FeatureProbe.Scope? older = newestWay ? null : TracingAttacher.ByLinkCreate.Override(false);
        BpfErrno result = BpfErrno.None;

        Hook.Sees(() => newestWay ? Assert.IsType<TracingLink>(kernel.Program.Attach()) : kernel.Program.AttachLsm(), () => result = TracingKernel.SetPriority(), () => kernel.Seen, link =>
        {
            Assert.Equal((BpfAttachType.LsmMac, "task_setnice"), (link.AttachType, link.Function));
            Assert.Equal(BpfErrno.EPERM, result);
        });

        Assert.Equal(BpfErrno.None, result);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_function_of_a_program_is_the_replacement_while_it_is_attached(bool newestWay)
    {
        using BpfObject target = BpfObject.Load(TestObjects.ReadOnly("program_targets", "target"));
        using FeatureProbe.Scope? older = newestWay ? null : TracingAttacher.ByLinkCreate.Override(false);
        BpfObjectSpec spec = TestObjects.ReadOnly("program_targets", "replacement");
        spec.Programs["replacement"].SetTarget(target.Programs["target"]);
        using BpfObject loaded = TracingKernel.LoadOrSkip(spec);
        BpfProgram replacement = loaded.Programs["replacement"];

        Assert.Equal(1u, Run(target));
        using (BpfLink link = replacement.Attach())
        {
            Assert.Equal(2u, Run(target));
            Assert.Equal("replaceable", Assert.IsType<TracingLink>(link).Function);
        }

        Assert.Equal(1u, Run(target));
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => replacement.AttachReplacement());
        Assert.Contains("AttachReplacement with the program and the function", e.Message, StringComparison.Ordinal);
        AttachToAnother(replacement, target);
    }

    [SkippableFact]
    public void A_pinned_link_outlives_its_object_and_a_program_opened_by_id_is_attached_again()
    {
        using var pins = new BpfFileSystem();
        using TracingKernel kernel = TracingKernel.Load("left");
        uint id;
        using (TracingLink link = kernel.Program.AttachTracing())
        {
            id = link.Id;
            link.Pin(pins["left"]);
        }

        using (TracingLink again = TracingLink.OpenPinned(pins["left"]))
        using (TracingLink same = TracingLink.OpenById(again.Id))
        {
            Assert.Equal((BpfAttachType.TraceFexit, kernel.Program.Id), (same.AttachType, again.Program.Id));
            ulong before = kernel.Seen;
            kernel.CallTestFunctions();
            Assert.True(kernel.Seen > before);
            again.Unpin();
        }

        TracingKernel.WaitForEnd(id);
        using BpfProgram opened = BpfProgram.OpenById(kernel.Program.Id);
        if (Record.Exception(() => opened.AttachTracing().Dispose()) is BpfSyscallException refusal)
        {
            Assert.Contains("Before Linux 5.12", refusal.Message, StringComparison.Ordinal);
            return;
        }

        Hook.Sees(() => opened.AttachTracing(), () => kernel.CallTestFunctions(), () => kernel.Seen);
    }

    [SkippableFact]
    public void Of_a_program_that_was_opened_the_answer_to_its_own_kind_is_told()
    {
        using TracingKernel kernel = TracingKernel.Load("entered");
        using BpfProgram opened = BpfProgram.OpenById(kernel.Program.Id);
        Skip.IfNot(FunctionProbes.Cookies.IsPresent, "this kernel has no cookies for programs on functions (Linux 5.19)");
        using (opened.AttachTracing(cookie: 1))
        {
            BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => kernel.Program.AttachTracing(cookie: 1));
            BpfSyscallException same = Assert.Throws<BpfSyscallException>(() => opened.AttachTracing(cookie: 1));
            Assert.Equal((e.Error, BpfErrno.EBUSY), (same.Error, e.Error));
        }
    }

    [SkippableFact]
    public void A_function_or_hook_that_the_kernel_does_not_have_is_refused_with_the_nearest()
    {
        Assert.Contains("did you mean 'bpf_fentry_test1'?", Assert.Throws<BpfRelocationException>(() => TracingKernel.Load("entered", program => program.AttachTarget = "bpf_fentry_tst1")).Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'task_setnice'?", Assert.Throws<BpfRelocationException>(() => TracingKernel.Load("forbids_priorities", program => program.AttachTarget = "task_setnic")).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Programs_of_other_types_are_refused()
    {
        using BpfProgram xdp = XdpPrograms.Drop();
        using TracingKernel tracepoint = TracingKernel.Load("renamed_by_type");

        Assert.Contains("is of type BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => xdp.AttachTracing()).Message, StringComparison.Ordinal);
        Assert.Contains("for BPF_TRACE_RAW_TP", Assert.Throws<ArgumentException>(() => tracepoint.Program.AttachTracing()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => xdp.AttachLsm());
        Assert.Throws<ArgumentException>(() => xdp.AttachReplacement());
        Assert.Throws<ArgumentException>(() => xdp.AttachReplacement(xdp, "function"));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_alternatives_one_that_loads_and_cannot_be_attached_is_passed_over(bool canAttach)
    {
        using (TracingKernel.Load("entered"))
        {
            using FeatureProbe.Scope? forced = canAttach ? null : AttachProbes.Entries.Override(false);
            BpfObjectSpec spec = TestObjects.Read("alternatives");
            spec.Programs.FirstOf("at_function", "at_tracepoint");
            Assert.Equal(canAttach, AttachProbes.Entries.IsPresent);

            using BpfObject loaded = BpfObject.Load(spec);

            BpfProgramChoice choice = Assert.Single(loaded.Choices);
            Assert.Equal(canAttach ? "at_function" : "at_tracepoint", choice.Taken);
            Assert.Equal(canAttach, choice.PassedOver.Count == 0);
            Assert.All(choice.PassedOver, other => Assert.Contains("loads programs of its kind and cannot attach them", other.Reason, StringComparison.Ordinal));
        }
    }

    private static uint Run(BpfObject target) => target.Programs["target"].TestRun(new BpfTestRun(new byte[64])).ReturnValue;

    /// <summary>The same function of another program, and of the first once more (Linux 5.10).</summary>
    private static void AttachToAnother(BpfProgram replacement, BpfObject first)
    {
        using BpfObject second = BpfObject.Load(TestObjects.ReadOnly("program_targets", "target"));
        using (replacement.AttachReplacement(second.Programs["target"], "replaceable"))
        using (replacement.AttachReplacement(first.Programs["target"], "replaceable"))
        {
            Assert.Equal((2u, 2u), (Run(first), Run(second)));
            Assert.Contains("is replaced already", Assert.Throws<BpfSyscallException>(() => replacement.AttachReplacement(second.Programs["target"], "replaceable")).Message, StringComparison.Ordinal);
            Assert.Throws<BpfRelocationException>(() => replacement.AttachReplacement(second.Programs["target"], "replacable"));
        }

        Assert.Equal((1u, 1u), (Run(first), Run(second)));
    }

    private static TracingLink AttachWithCookie(TracingKernel kernel)
    {
        try
        {
            return kernel.Program.AttachTracing(cookie: Cookie);
        }
        catch (BpfNotSupportedException e)
        {
            throw new SkipException(e.Message);
        }
    }
}

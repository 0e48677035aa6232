using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs on many functions of the kernel by trampolines: Linux 7.2.</summary>
[Trait("OtherKernels", "")]
public sealed class TracingMultiLinkTests : KernelTest
{
    private static readonly string[] Three = ["bpf_fentry_test1", "bpf_fentry_test2", "bpf_fentry_test3"];

    private readonly TraceFiles _files;

    public TracingMultiLinkTests() => _files = new TraceFiles();

    public override void Dispose()
    {
        _files.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("many_entered", BpfAttachType.TraceFentryMulti, 1)]
    [InlineData("many_left", BpfAttachType.TraceFexitMulti, 1)]
    [InlineData("in_many_sessions", BpfAttachType.TraceFsessionMulti, 2)]
    public void Functions_that_are_named_or_of_a_form_are_seen(string program, BpfAttachType attachType, ulong times)
    {
        using TracingKernel kernel = TracingKernel.Load(program);

        Hook.Sees(() => kernel.Program.AttachTracingMulti(Three), () => kernel.CallTestFunctions(), () => kernel.Seen, link =>
        {
            Assert.Equal((attachType, BpfLinkType.TracingMulti), (link.AttachType, link.Type));
            Assert.Equal(Three, link.Functions);
            Assert.Equal(3 * times, kernel.Seen);
            using TracingMultiLink opened = TracingMultiLink.OpenById(link.Id);
            Assert.Empty(opened.Functions);
            Assert.Throws<BpfNotSupportedException>(() => link.Update(kernel.Program));
        });
        Hook.Sees(() => Assert.IsType<TracingMultiLink>(kernel.Program.Attach()), () => kernel.CallTestFunctions(), () => kernel.Seen, link => Assert.Superset(new HashSet<string>(Three), new HashSet<string>(link.Functions)));
    }

    [SkippableTheory]
    [InlineData("many_entered_sleeping")]
    [InlineData("many_left_sleeping")]
    [InlineData("in_many_sessions_sleeping")]
    public void Programs_that_sleep_are_attached_where_they_may_run(string program)
    {
        using TracingKernel kernel = TracingKernel.Load(program);

        Hook.Sees(kernel.Program.Attach, () => kernel.CallTestFunctions(), () => kernel.Seen);
        Assert.Contains("a program that sleeps must not run there", Assert.Throws<BpfSyscallException>(() => kernel.Program.AttachTracingMulti("tcp_v4_rcv")).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("many_entered")]
    [InlineData("many_left")]
    [InlineData("in_many_sessions")]
    public void Each_function_tells_its_own_cookie_however_it_was_named(string program)
    {
        using TracingKernel kernel = TracingKernel.Load(program);
        BtfSpec types = KernelBtf.OpenRunning().Vmlinux;
        BtfTypeId[] ids = [.. Three.Select(name => types.FindAll(name).OfType<BtfFunction>().First().Id)];
        var options = new TracingMultiOptions { Cookie = name => 1ul << (name[^1] - '0') };

        // The kernel need not take them in the order of their ids.
        Hook.Sees(() => kernel.Program.AttachTracingMulti(ids.OrderDescending(), options), () => kernel.CallTestFunctions(), () => kernel.Seen, _ => Assert.Equal(0b1110ul, kernel.Cookies));
        using (kernel.Program.AttachTracingMulti(["bpf_fentry_test3", "bpf_fentry_test1"], options))
        {
            kernel.CallTestFunctions();
            Assert.Equal(0b1000ul, kernel.Cookie);
        }
    }

    [SkippableFact]
    public void What_the_kernel_does_not_have_is_named_with_what_it_has()
    {
        using TracingKernel kernel = TracingKernel.Load("many_entered");
        BtfSpec types = KernelBtf.OpenRunning().Vmlinux;

        Assert.Contains("did you mean 'bpf_fentry_test1'?", Assert.Throws<BpfRelocationException>(() => kernel.Program.AttachTracingMulti("bpf_fentry_tst1")).Message, StringComparison.Ordinal);
        Assert.Throws<BpfRelocationException>(() => kernel.Program.AttachTracingMulti("no_function_is_called_*"));
        Assert.Throws<ArgumentException>("functions", () => kernel.Program.AttachTracingMulti(Array.Empty<string>()));
        Assert.Throws<ArgumentException>("functions", () => kernel.Program.AttachTracingMulti([types.FindAll("task_struct").First().Id]));
        Assert.Throws<ArgumentException>("functions", () => kernel.Program.AttachTracingMulti([new BtfTypeId(uint.MaxValue)]));
        Assert.Throws<ArgumentException>("program", () => kernel.Program.AttachTracing());
    }

    [SkippableFact]
    public void Many_hundreds_of_functions_are_attached_and_detached_at_once()
    {
        using TracingKernel kernel = TracingKernel.Load("many_entered");

        using TracingMultiLink link = kernel.Program.AttachTracingMulti("tcp_*");

        Assert.InRange(link.Functions.Count, 100, 2000);
        Assert.Contains("tcp_connect", link.Functions);
    }

    [SkippableFact]
    public void A_pinned_link_outlives_its_object_and_a_program_opened_by_id_is_attached()
    {
        using var pins = new BpfFileSystem();
        using TracingKernel kernel = TracingKernel.Load("many_left");
        uint id;
        using (TracingMultiLink link = kernel.Program.AttachTracingMulti(Three))
        {
            id = link.Id;
            link.Pin(pins["many"]);
        }

        using (TracingMultiLink again = TracingMultiLink.OpenPinned(pins["many"]))
        {
            Assert.Equal(kernel.Program.Id, again.Program.Id);
            kernel.CallTestFunctions();
            Assert.Equal(3ul, kernel.Seen);
            again.Unpin();
        }

        TracingKernel.WaitForEnd(id);
        using BpfProgram opened = BpfProgram.OpenById(kernel.Program.Id);
        Hook.Sees(() => opened.AttachTracingMulti(Three), () => kernel.CallTestFunctions(), () => kernel.Seen);
    }

    [SkippableFact]
    public void A_program_that_was_loaded_for_something_else_is_refused()
    {
        using BpfProgram xdp = XdpPrograms.Drop();

        Assert.Contains("is of type BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => xdp.AttachTracingMulti("tcp_*")).Message, StringComparison.Ordinal);
    }
}

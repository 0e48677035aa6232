using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs on many functions at once, of the kernel and of a C program.</summary>
[Trait("OtherKernels", "")]
public sealed class MultiProbeLinkTests : KernelTest
{
    private readonly TraceFiles _files;

    public MultiProbeLinkTests() => _files = new TraceFiles();

    private static string SystemCall => KernelArchitecture.Current.SystemCallPrefix;

    public override void Dispose()
    {
        _files.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Kernel_functions_of_a_form_are_seen(bool isReturn)
    {
        RequireKprobes();
        using ProbeObject counter = new("on_many_kernel_functions");
        var options = new KprobeMultiOptions { Return = isReturn, Cookie = function => function.EndsWith("prlimit64", StringComparison.Ordinal) ? 0x10u : 1u };
        Hook.Sees(() => counter.Program.AttachKprobeMulti(SystemCall + "prlimi?64", options), GetLimit, () => counter.Seen, link =>
        {
            Assert.Contains(SystemCall + "prlimit64", link.Functions);
            Assert.Equal((BpfLinkType.KprobeMulti, isReturn), (link.Type, link.IsReturn));
        });
        Hook.Sees(() => counter.Program.AttachKprobeMulti([SystemCall + "prlimit64", SystemCall + "getpid"], options), GetLimit, () => counter.Seen, link => Assert.Equal(2, link.Count));
        Assert.Equal(0x10ul, counter.Cookies);
    }

    [SkippableFact]
    public void A_kernel_function_that_is_not_there_is_named_with_what_there_is()
    {
        RequireKprobes();
        using ProbeObject counter = new("on_many_kernel_functions");
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => counter.Program.AttachKprobeMulti(["tcp_connect", "tcp_clos"]));
        Assert.Contains("`tcp_clos`: did you mean `tcp_close`?", e.Message, StringComparison.Ordinal);
        Assert.Throws<BpfRelocationException>(() => counter.Program.AttachKprobeMulti("no_function_is_called_*"));
    }

    [SkippableFact]
    public void A_session_sees_kernel_functions_entry_and_return()
    {
        Skip.IfNot(TracingProbes.KprobeSessions.IsPresent, "this kernel has no sessions of kernel functions (Linux 6.10)");
        using ProbeObject counter = new("on_kernel_sessions");
        Hook.Sees(() => counter.Program.AttachKprobeMulti([SystemCall + "gettid"]), GetThreadId, () => counter.Seen);
        Assert.Equal(2ul, counter.Seen);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Functions_of_a_program_of_a_form_are_seen(bool isReturn)
    {
        RequireUprobes();
        using ProbedProgram probed = ProbedProgram.Start();
        using ProbedProgram other = probed.StartAgain();
        using ProbeObject counter = new("on_many_functions", process: 0);
        var options = new UprobeMultiOptions { Return = isReturn, ProcessId = probed.ProcessId, Cookie = name => name switch { "first_step" => 1, "second_step" => 2, _ => 4 } };
        Hook.Sees(() => counter.Program.AttachUprobeMulti(probed.FilePath, "*_step", options), () => probed.Step(), () => counter.Seen, link =>
        {
            other.Step();
            Assert.Equal(["first_step", "hidden_step", "second_step"], link.Functions.Order(StringComparer.Ordinal));
            using UprobeMultiLink opened = UprobeMultiLink.OpenById(link.Id);
            if (opened.Count != 0)
            {
                Assert.Equal((3, probed.FilePath, isReturn), (opened.Count, opened.FilePath, opened.IsReturn));
            }
        });
        Assert.Equal((3ul, 7ul), (counter.Seen, counter.Cookies));

        using (counter.Program.AttachUprobeMulti(probed.FilePath, ["second_step"]))
        {
            other.Step();
            Assert.Equal(4ul, counter.Seen);
        }

        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => counter.Program.AttachUprobeMulti(probed.FilePath, "first_stop"));
        Assert.Contains("did you mean `first_step`?", e.Message, StringComparison.Ordinal);
        Assert.Throws<BpfRelocationException>(() => counter.Program.AttachUprobeMulti(probed.FilePath, "nothing_*"));
    }

    [SkippableFact]
    public void One_process_is_refused_where_the_kernel_would_see_its_first_thread_only()
    {
        RequireUprobes();
        using ProbedProgram probed = ProbedProgram.Start();
        using ProbeObject counter = new("on_many_functions", process: 0);
        using FeatureProbe.Scope older = TracingProbes.UprobeMultiProcesses.Override(false);

        BpfNotSupportedException e = Assert.Throws<BpfNotSupportedException>(() => counter.Program.AttachUprobeMulti(probed.FilePath, "*_step", new UprobeMultiOptions { ProcessId = probed.ProcessId }));
        Assert.Contains("the first thread of a process only", e.Message, StringComparison.Ordinal);
        counter.Program.AttachUprobeMulti(probed.FilePath, "*_step").Dispose();
    }

    [SkippableFact]
    public void A_session_sees_a_programs_functions_entry_and_return()
    {
        RequireUprobes();
        using ProbedProgram probed = ProbedProgram.Start();
        ProbeObject? counter = null;
        try
        {
            counter = new("on_sessions", process: 0);
            Hook.Sees(() => counter.Program.AttachUprobeMulti(probed.FilePath, ["first_step", "hidden_step"]), () => probed.Step(), () => counter.Seen);
            Assert.Equal(4ul, counter.Seen);
        }
        catch (BpfNotSupportedException e) when (e.SinceKernel == new Version(6, 13))
        {
            throw new SkipException(e.Message);
        }
        finally
        {
            counter?.Dispose();
        }
    }

    [SkippableFact]
    public void A_program_that_was_loaded_for_one_function_is_refused_and_the_other_way_round()
    {
        using ProbeObject single = new("on_function");
        Assert.Throws<ArgumentException>("program", () => single.Program.AttachKprobeMulti("tcp_*"));
        Assert.Throws<ArgumentException>("program", () => single.Program.AttachUprobeMulti("libc", "malloc"));
        RequireUprobes();
        using ProbeObject many = new("on_many_functions");
        Assert.Throws<ArgumentException>("program", () => many.Program.AttachUprobe("libc", "malloc"));
    }

    /// <summary>A system call whose function has no second name, as those without arguments have on x86-64: tracefs lists only one of them.</summary>
    private static unsafe void GetLimit()
    {
        LibC.ResourceLimit limit;
        _ = LibC.GetResourceLimit(0, &limit);
    }

    private static void GetThreadId() => _ = TaskCalls.Call(KernelArchitecture.Current.GetThreadIdSyscallNumber, 0, 0);

    private static void RequireKprobes() => Skip.IfNot(TracingProbes.KprobeMultiLinks.IsPresent, "this kernel has no links to many kernel functions (Linux 5.18)");

    private static void RequireUprobes() => Skip.IfNot(TracingProbes.UprobeMultiProcesses.IsPresent, "this kernel has no links to many functions of a file, for one process as well (Linux 6.6, 6.10)");
}

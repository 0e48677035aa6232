using System.Globalization;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Attach() of every section of probes: what the section, or AttachTarget, says after the slash is what the program sees.</summary>
[Trait("OtherKernels", "")]
public sealed class ProbeSectionTests : KernelTest
{
    private readonly TraceFiles _files;

    private static string SystemCall => KernelArchitecture.Current.SystemCallPrefix;

    public ProbeSectionTests() => _files = new TraceFiles();

    public override void Dispose()
    {
        _files.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("tp")]
    [InlineData("tracepoint")]
    public void A_tracepoint_is_category_and_name(string program) =>
        Sees(program, "syscalls/sys_enter_gettid", GetThreadId, 1, link => Assert.Equal("the link to tracepoint 'syscalls/sys_enter_gettid'", link.ToString()));

    [SkippableTheory]
    [InlineData("kprobe", PerfEventHook.Kprobe)]
    [InlineData("kretprobe", PerfEventHook.Kretprobe)]
    public void A_kernel_function_is_a_name(string program, PerfEventHook hook)
    {
        RequireKprobes();
        Sees(program, SystemCall + "gettid", GetThreadId, 1, link => Assert.Equal((hook, SystemCall + "gettid"), Tell(link)));
    }

    [SkippableTheory]
    [InlineData("ksyscall", PerfEventHook.Kprobe)]
    [InlineData("kretsyscall", PerfEventHook.Kretprobe)]
    public void A_system_call_is_a_name(string program, PerfEventHook hook)
    {
        RequireKprobes();
        Sees(program, "gettid", GetThreadId, 1, link => Assert.Equal((hook, SystemCall + "gettid"), Tell(link)));
    }

    [SkippableFact]
    public void A_place_within_a_kernel_function_is_a_name_and_a_distance()
    {
        RequireKprobes();
        int attached = 0;
        for (ulong distance = 1; distance <= 9; distance++)
        {
            string target = KprobeTarget.Format(SystemCall + "gettid", distance);
            using BpfObject loaded = Load("kprobe", target);
            if (Record.Exception(() => loaded.Programs["kprobe"].Attach().Dispose()) is BpfSyscallException refusal)
            {
                Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"0x{distance:x}"), refusal.Message, StringComparison.Ordinal); // No instruction begins there.
                continue;
            }

            attached++;
            Hook.Sees(loaded.Programs["kprobe"].Attach, GetThreadId, () => Seen(loaded), link => Assert.Equal((PerfEventHook.Kprobe, target), Tell(link)));
        }

        Assert.NotEqual(0, attached);
    }

    [SkippableTheory]
    [InlineData("kprobe_multi", false, 1)]
    [InlineData("kretprobe_multi", true, 1)]
    [InlineData("kprobe_session", false, 2)]
    public void Kernel_functions_are_a_pattern(string program, bool isReturn, ulong times)
    {
        Skip.IfNot(TracingProbes.KprobeMultiLinks.IsPresent, "this kernel has no links to many kernel functions (Linux 5.18)");
        Skip.If(program == "kprobe_session" && !TracingProbes.KprobeSessions.IsPresent, "this kernel has no sessions of kernel functions (Linux 6.10)");
        Sees(program, SystemCall + "prlimi?64", GetLimit, times, link =>
        {
            KprobeMultiLink many = Assert.IsType<KprobeMultiLink>(link);
            Assert.Equal((isReturn, true), (many.IsReturn, many.Functions.Contains(SystemCall + "prlimit64")));
        });
    }

    [SkippableTheory]
    [InlineData("uprobe", false, PerfEventHook.Uprobe)]
    [InlineData("uprobe", true, PerfEventHook.Uprobe)]
    [InlineData("uprobe_s", false, PerfEventHook.Uprobe)]
    [InlineData("uretprobe", false, PerfEventHook.Uretprobe)]
    [InlineData("uretprobe_s", false, PerfEventHook.Uretprobe)]
    public void A_function_of_a_file_is_the_file_and_a_name_or_a_place(string program, bool byPlace, PerfEventHook hook)
    {
        using ProbedProgram probed = ProbedProgram.Start();
        string place = byPlace ? string.Create(CultureInfo.InvariantCulture, $"0x{FunctionSearch.FindOffset(FunctionFile.Read(probed.FilePath), "hidden_step"):x}") : "hidden_step";
        Sees(program, $"{probed.FilePath}:{place}", () => probed.Step(), 1, link => Assert.Equal((hook, $"{probed.FilePath}:{place}"), Tell(link)), process: probed.ProcessId);
    }

    [SkippableTheory]
    [InlineData("uprobe_multi", false, 3)]
    [InlineData("uprobe_multi_s", false, 3)]
    [InlineData("uretprobe_multi", true, 3)]
    [InlineData("uretprobe_multi_s", true, 3)]
    [InlineData("uprobe_session", false, 6)]
    [InlineData("uprobe_session_s", false, 6)]
    public void Functions_of_a_file_are_the_file_and_a_pattern(string program, bool isReturn, ulong times)
    {
        Skip.IfNot(TracingProbes.UprobeMultiLinks.IsPresent, "this kernel has no links to many functions of a file (Linux 6.6)");
        using ProbedProgram probed = ProbedProgram.Start();
        Sees(program, $"{probed.FilePath}:*_step", () => probed.Step(), times, link => Assert.Equal((isReturn, 3), (((UprobeMultiLink)link).IsReturn, ((UprobeMultiLink)link).Count)), process: probed.ProcessId);
    }

    [SkippableTheory]
    [InlineData("usdt")]
    [InlineData("usdt_s")]
    public void A_USDT_probe_is_the_file_the_provider_and_the_name(string program)
    {
        using ProbedProgram probed = ProbedProgram.Start();
        Sees(program, $"{probed.FilePath}:probed:passed", () => probed.Step(), 1, link => Assert.Equal($"the link to USDT probe 'probed:passed' of '{probed.FilePath}'", link.ToString()), process: probed.ProcessId);
    }

    [SkippableTheory]
    [InlineData("tp", "sys_enter_gettid", "category/name")]
    [InlineData("kretprobe", "tcp_close+0x4", "function")]
    [InlineData("uprobe", "malloc", "file:function+offset")]
    [InlineData("usdt", "libc:setjmp", "file:provider:name")]
    public void What_is_of_another_form_is_refused_with_the_form(string program, string target, string form)
    {
        using BpfObject loaded = Load(program, target);

        Assert.EndsWith($"is not of the form {form}.", Assert.Throws<InvalidOperationException>(loaded.Programs[program].Attach).Message, StringComparison.Ordinal);
    }

    private static void Sees(string program, string target, Action happen, ulong times, Action<BpfLink> check, int? process = null)
    {
        using BpfObject loaded = Load(program, target, process);
        try
        {
            Hook.Sees(loaded.Programs[program].Attach, happen, () => Seen(loaded), link =>
            {
                Assert.Equal(times, Seen(loaded));
                check(link);
            });
            using BpfLinkCollection all = loaded.AttachAll();
            Assert.Single(all);
        }
        catch (BpfNotSupportedException e) when (e.SinceKernel == new Version(6, 13))
        {
            throw new SkipException(e.Message); // Sessions of a program's functions.
        }
    }

    private static BpfObject Load(string program, string target, int? process = null)
    {
        Skip.If(program.EndsWith("_s", StringComparison.Ordinal) && Environment.OSVersion.Version < new Version(6, 0), "this kernel has no programs on functions of files that may sleep (Linux 6.0)");
        BpfObjectSpec spec = TestObjects.ReadOnly("probe_sections", program);
        spec.Programs[program].AttachTarget = target;
        spec.Variables["process"].SetValue((uint)(process ?? Environment.ProcessId));
        return BpfObject.Load(spec);
    }

    private static ulong Seen(BpfObject loaded) => loaded.GetVariable<ulong>("seen").Value;

    private static (PerfEventHook Hook, string Target) Tell(BpfLink link) => (((PerfEventLink)link).Hook, ((PerfEventLink)link).Target);

    private static void GetThreadId() => _ = TaskCalls.Call(KernelArchitecture.Current.GetThreadIdSyscallNumber, 0, 0);

    /// <summary>A system call whose function has no second name, as those without arguments have on x86-64: tracefs lists only one of them.</summary>
    private static unsafe void GetLimit()
    {
        LibC.ResourceLimit limit;
        _ = LibC.GetResourceLimit(0, &limit);
    }

    private static void RequireKprobes() => Skip.IfNot(PerfEventProbes.KernelProbeEvents.IsPresent, "this kernel has no kprobes");
}

using System.Globalization;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs on functions of a C program and of this process's C library, in each way that a probe is made.</summary>
[Trait("OtherKernels", "")]
public sealed unsafe class UprobeLinkTests : KernelTest
{
    private readonly TraceFiles _files;
    private readonly ProbeObject _counter;

    public UprobeLinkTests()
    {
        _files = new TraceFiles();
        _counter = new ProbeObject("on_function", process: 0);
    }

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
    public void A_function_of_a_program_is_seen(ProbeWay way, bool isReturn)
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using ForcedProbeWay forced = new(way);
        Hook.Sees(() => _counter.Program.AttachUprobe(probed.FilePath, new UprobeOptions { Function = "first_step", Return = isReturn }), () => probed.Step(), () => _counter.Seen, link =>
        {
            Assert.Equal((forced.HasLink, $"{probed.FilePath}:first_step", isReturn ? PerfEventHook.Uretprobe : PerfEventHook.Uprobe), (link.IsKernelLink, link.Target, link.Hook));
            Assert.Equal(way is ProbeWay.Defined or ProbeWay.DefinedWithLink ? 1 : 0, OwnDefinitions());
        });
        Assert.Equal(1ul, _counter.Seen);
        Assert.Equal(0, OwnDefinitions());
    }

    [SkippableFact]
    public void A_function_of_the_C_library_is_found_by_its_short_name_and_seen_in_this_process()
    {
        using ProbeObject counter = new("on_function");
        Hook.Sees(() => counter.Program.AttachUprobe("libc", "getrlimit"), () =>
        {
            LibC.ResourceLimit limit;
            _ = LibC.GetResourceLimit(0, &limit);
        }, () => counter.Seen);
    }

    [SkippableTheory]
    [InlineData(ProbeWay.Link)]
    [InlineData(ProbeWay.Event)]
    [InlineData(ProbeWay.Defined)]
    public void Only_the_process_that_was_named_is_seen(ProbeWay way)
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using ProbedProgram other = probed.StartAgain();
        using ForcedProbeWay forced = new(way);
        using PerfEventLink link = _counter.Program.AttachUprobe(probed.FilePath, new UprobeOptions { Function = "first_step", ProcessId = probed.ProcessId });
        other.Step();
        Assert.Equal(0ul, _counter.Seen);
        probed.Step();
        Assert.Equal(1ul, _counter.Seen);
    }

    [SkippableTheory]
    [InlineData(ProbeWay.Link)]
    [InlineData(ProbeWay.Event)]
    [InlineData(ProbeWay.Defined)]
    public void Whoever_watches_is_counted_where_the_program_asks_for_that(ProbeWay way)
    {
        using ProbedProgram probed = ProbedProgram.Start();
        FunctionFile file = FunctionFile.Read(probed.FilePath);
        ulong counter = file.ToDataOffset(file.Elf.Symbols.Single(symbol => symbol.Name == "watched").Value)!.Value;
        using ForcedProbeWay forced = new(way);
        Assert.Equal(0, probed.Step().Watched);
        using (_counter.Program.AttachUprobe(probed.FilePath, new UprobeOptions { Function = "first_step", ReferenceCounterOffset = counter }))
        {
            Assert.Equal(1, probed.Step().Watched);
        }

        Assert.Equal(0, probed.Step().Watched);
    }

    [SkippableFact]
    public void A_counter_beyond_what_the_kernel_has_room_for_is_refused()
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using ForcedProbeWay forced = new(ProbeWay.Event);
        var options = new UprobeOptions { Function = "first_step", ReferenceCounterOffset = 1ul << 32 };

        Assert.Throws<ArgumentOutOfRangeException>("options", () => _counter.Program.AttachUprobe(probed.FilePath, options));
    }

    [SkippableFact]
    public void Static_functions_and_places_within_functions_are_found_and_a_cookie_is_told()
    {
        Skip.IfNot(PerfEventProbes.Links.IsPresent, "this kernel has no cookies (Linux 5.15)");
        using ProbedProgram probed = ProbedProgram.Start();
        FunctionFile file = FunctionFile.Read(probed.FilePath);
        using PerfEventLink hidden = _counter.Program.AttachUprobe(probed.FilePath, new UprobeOptions { Function = "hidden_step", Cookie = 1 });
        using PerfEventLink byOffset = _counter.Program.AttachUprobe(probed.FilePath, new UprobeOptions { Offset = FunctionSearch.FindOffset(file, "second_step"), Cookie = 2 });
        Assert.Matches(@":0x[0-9a-f]+$", byOffset.Target);

        probed.Step();

        Assert.Equal((2ul, 3ul), (_counter.Seen, _counter.Cookies));
        using PerfEventLink opened = PerfEventLink.OpenById(hidden.Id);
        if (opened.Hook != PerfEventHook.Unspecified)
        {
            string offset = string.Create(CultureInfo.InvariantCulture, $":0x{FunctionSearch.FindOffset(file, "hidden_step"):x}");
            Assert.Equal((PerfEventHook.Uprobe, probed.FilePath + offset), (opened.Hook, opened.Target));
        }
    }

    [SkippableFact]
    public void A_file_whose_name_tracefs_would_take_apart_is_probed_all_the_same()
    {
        using ProbedProgram probed = ProbedProgram.Start(name: "two words: this");
        using ForcedProbeWay forced = new(ProbeWay.Defined);
        Hook.Sees(() => _counter.Program.AttachUprobe(probed.FilePath, "first_step"), () => probed.Step(), () => _counter.Seen);
    }

    [SkippableFact]
    public void What_is_not_there_is_named_with_what_there_is()
    {
        using ProbedProgram probed = ProbedProgram.Start();
        BpfRelocationException function = Assert.Throws<BpfRelocationException>(() => _counter.Program.AttachUprobe(probed.FilePath, "first_stop"));
        Assert.Contains("`first_stop`: did you mean `first_step`?", function.Message, StringComparison.Ordinal);

        BpfSyscallException file = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachUprobe(probed.FilePath + "s", "first_step"));
        Assert.Equal(BpfErrno.ENOENT, file.Error);
        Assert.Contains("`probeds`: did you mean `probed`?", file.Message, StringComparison.Ordinal);
        file = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachUprobe("libcc.so.6", "getrlimit"));
        Assert.Contains("did you mean `libc", file.Message, StringComparison.Ordinal);

        BpfSyscallException process = Assert.Throws<BpfSyscallException>(() => _counter.Program.AttachUprobe(probed.FilePath, new UprobeOptions { Function = "first_step", ProcessId = int.MaxValue }));
        Assert.Equal(BpfErrno.ESRCH, process.Error);
        Assert.Contains($"There is no process {int.MaxValue}", process.Message, StringComparison.Ordinal);

        Assert.Throws<BpfObjectFormatException>(() => _counter.Program.AttachUprobe("/etc/passwd", "first_step"));
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachUprobe(probed.FilePath, new UprobeOptions()));
        Assert.Throws<ArgumentException>("options", () => _counter.Program.AttachUprobe(probed.FilePath, new UprobeOptions { Function = "first_step", ProcessId = 0 }));
    }

    private static int OwnDefinitions() => LeftoverProbe.FindAll().Count(probe => probe.ProcessId == Environment.ProcessId && probe.IsOwnerRunning == true);
}

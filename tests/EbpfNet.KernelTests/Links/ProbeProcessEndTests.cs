using System.Diagnostics;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>What becomes of programs on probes and tracepoints that their process never detached.</summary>
public sealed class ProbeProcessEndTests : KernelTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TraceFiles _files;

    public ProbeProcessEndTests() => _files = new TraceFiles();

    public override void Dispose()
    {
        _files.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("tracepoint")]
    [InlineData("uprobe")]
    public void Killing_the_process_detaches_the_program(string hook)
    {
        Skip.IfNot(PerfEventProbes.Links.IsPresent, "this kernel has no links to perf events (Linux 5.15)");
        using ProbedProgram probed = ProbedProgram.Start();
        uint[] before = [.. PerfEventLinks()];
        using Process child = ProbeChildProcess.Start(hook, probed.FilePath);
        try
        {
            uint id = Assert.Single(PerfEventLinks().Except(before));
            uint program;
            using (BpfLink link = BpfLink.OpenById(id))
            {
                program = link.Program.Id;
            }

            End(child, "KILL");

            Assert.True(SpinWait.SpinUntil(() => !BpfLink.GetIds().Contains(id) && !BpfProgram.GetIds().Contains(program), Patience));
            probed.Step();
        }
        finally
        {
            child.Kill();
        }
    }

    [SkippableTheory]
    [InlineData("KILL", true)]
    [InlineData("TERM", false)]
    [InlineData(null, false)]
    public void What_tracefs_keeps_of_a_killed_process_is_found_and_removed(string? signal, bool stays)
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using Process child = ProbeChildProcess.Start("definition", probed.FilePath);
        try
        {
            LeftoverProbe probe = Find(child)!;
            Assert.True(probe.IsOwnerRunning);
            Assert.Equal(BpfErrno.EBUSY, Assert.Throws<BpfSyscallException>(probe.Remove).Error);

            End(child, signal);

            Assert.Equal(stays, Find(child) is { IsOwnerRunning: false });
            probed.Step();
            Find(child)?.Remove();
            Assert.Null(Find(child));
            probe.Remove(); // It is gone already.
        }
        finally
        {
            child.Kill();
        }
    }

    [SkippableFact]
    public void A_process_of_a_container_is_known_to_run_from_outside_and_one_outside_is_not_known_from_within()
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using Process child = ProbeChildProcess.Start("definition", probed.FilePath, "unshare", "--pid", "--fork", "--kill-child");
        try
        {
            LeftoverProbe probe = LeftoverProbe.FindAll().Single(probe => probe.ProcessId == 1);
            Assert.True(probe.IsOwnerRunning);

            child.Kill();
            Assert.True(child.WaitForExit(Patience));
            Assert.True(SpinWait.SpinUntil(() => LeftoverProbe.FindAll().Single(probe => probe.ProcessId == 1).IsOwnerRunning == false, Patience));
            probe.Remove();
        }
        finally
        {
            child.Kill();
        }

        Assert.Null(TraceProbeName.IsRunning(new TraceProbeOwner(1, 2, 3), own: 4));
    }

    private static LeftoverProbe? Find(Process process) => LeftoverProbe.FindAll().SingleOrDefault(probe => probe.ProcessId == process.Id);

    private static IEnumerable<uint> PerfEventLinks()
    {
        foreach (BpfLink link in BpfLink.OpenAll())
        {
            using (link)
            {
                if (link.Type == BpfLinkType.PerfEvent)
                {
                    yield return link.Id;
                }
            }
        }
    }

    private static void End(Process process, string? signal)
    {
        if (signal is null)
        {
            process.StandardInput.WriteLine();
        }
        else
        {
            Tool.Signal(signal, process.Id);
        }

        Assert.True(process.WaitForExit(Patience));
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Test runs that signals cut short.</summary>
public sealed partial class InterruptedRunTests : KernelTest
{
    private const int ChildStatus = 17; // SIGCHLD: the runtime handles it, and finds that no child has ended.

    [SkippableFact]
    public void A_run_that_signals_never_let_finish_ends_with_a_sentence()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("xdp_verdicts", "verdict_pass"));

        BpfSyscallException refused = InterruptedBySignals(() => loaded.Programs["verdict_pass"].TestRun(new BpfTestRun(new byte[64]) { Repeat = int.MaxValue }));

        Assert.Contains("ask for fewer repeats", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Live_frames_are_not_sent_again_after_a_signal()
    {
        Skip.IfNot(KernelTypes.Has("xdp_test_data"), "this kernel has no live frames (Linux 5.18)");
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("xdp_verdicts", "verdict_drop"));

        BpfSyscallException refused = InterruptedBySignals(() => loaded.Programs["verdict_drop"].TestRun(new BpfTestRun(new byte[64]) { Repeat = int.MaxValue, LiveFrames = true }));

        Assert.Contains("how many were is not known", refused.Message, StringComparison.Ordinal);
    }

    private static BpfSyscallException InterruptedBySignals(Action run)
    {
        Process.Start("true").WaitForExit(); // From now on the runtime listens to SIGCHLD.
        int thread = GetThreadId();
        using var stop = new CancellationTokenSource();
        var storm = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                _ = SendSignal(Environment.ProcessId, thread, ChildStatus);
                Thread.Sleep(1);
            }
        });
        storm.Start();
        try
        {
            BpfSyscallException refused = Assert.Throws<BpfSyscallException>(run);
            Assert.Equal(BpfErrno.EINTR, refused.Error);
            return refused;
        }
        finally
        {
            stop.Cancel();
            storm.Join();
        }
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "tgkill")]
    private static partial int SendSignal(int process, int thread, int signal);
}

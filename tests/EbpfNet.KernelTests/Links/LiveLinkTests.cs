using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>What every link does, whatever its hook: which the process's end finds, and what becomes of those that fail.</summary>
public sealed class LiveLinkTests : KernelTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly BpfProgram _program;

    public LiveLinkTests() => _program = XdpPrograms.Pass();

    public override void Dispose()
    {
        LiveLinks.GoOn(); // These tests' processes have many ends.
        _program.Dispose();
        base.Dispose();
    }

    [SkippableFact]
    public void A_link_that_is_being_made_is_not_ended_with_the_process_before_it_is_complete()
    {
        int endedBeforeComplete = -1;
        var hook = new RecordedHook();

        using var link = new RecordedLink(_program, hook, beforeComplete: () =>
        {
            LiveLinks.EndLeftovers(); // As if the process ended now.
            endedBeforeComplete = hook.Detached;
        });

        Assert.Equal(0, endedBeforeComplete);
        LiveLinks.EndLeftovers();
        Assert.Equal(1, hook.Detached);
        link.Dispose();
        LiveLinks.EndLeftovers();
        Assert.Equal(1, hook.Detached);
    }

    [SkippableFact]
    public void Links_that_cannot_be_detached_keep_no_other_from_being_detached_at_the_end()
    {
        RecordedHook[] hooks = [.. Enumerable.Range(0, 5).Select(_ => new RecordedHook { OnDetach = static () => throw new IOException("no /proc") })];
        RecordedLink[] links = [.. hooks.Select(hook => new RecordedLink(_program, hook))];

        LiveLinks.EndLeftovers();

        Assert.All(hooks, hook => Assert.Equal((1, 1), (hook.Detached, hook.Closed)));
        Assert.All(links, link => Assert.True(link.IsDisposed));
    }

    [SkippableFact]
    public void A_link_that_ends_with_an_error_keeps_no_other_from_being_ended()
    {
        RecordedHook[] hooks = [.. Enumerable.Range(0, 5).Select(_ => new RecordedHook())];
        RecordedLink[] links = [.. hooks.Select(hook => new RecordedLink(_program, hook) { OnEnd = static () => throw new InvalidOperationException() })];

        LiveLinks.EndLeftovers();

        Assert.All(links, link => Assert.Equal(1, link.Ended));
        Array.ForEach(links, link => link.Dispose());
    }

    [SkippableFact]
    public void Disposing_does_not_throw_and_closes_what_detaching_took()
    {
        var hook = new RecordedHook { OnDetach = static () => throw new BpfSyscallException("enter a namespace", "setns", BpfErrno.EPERM) };
        var link = new RecordedLink(_program, hook);

        Assert.Throws<BpfSyscallException>(link.Detach);
        Assert.Equal((false, 0), (link.IsDisposed, hook.Closed));
        link.Dispose();

        Assert.Equal((true, 1), (link.IsDisposed, hook.Closed));
    }

    [SkippableFact]
    public void What_was_detached_is_not_detached_once_more()
    {
        var hook = new RecordedHook();
        var link = new RecordedLink(_program, hook);

        link.Detach();

        Assert.Equal((1, 1), (hook.Detached, hook.Closed));
    }

    [SkippableFact]
    public void The_end_of_the_process_waits_for_a_link_that_is_being_disposed()
    {
        using var started = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        RecordedHook hook = DetachedSlowly(started, go);
        var link = new RecordedLink(_program, hook);
        var disposing = Task.Run(link.Dispose);
        Assert.True(started.Wait(Patience));
        var ending = Task.Run(LiveLinks.EndLeftovers);

        Assert.False(ending.Wait(TimeSpan.FromMilliseconds(200)));
        go.Set();

        Assert.True(ending.Wait(Patience));
        Assert.True(disposing.Wait(Patience));
        Assert.Equal((1, 1), (hook.Detached, hook.Closed));
    }

    [SkippableFact]
    public void The_end_of_the_process_waits_for_a_link_that_is_being_made()
    {
        using var started = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var hook = new RecordedHook();
        var making = Task.Run(() =>
        {
            using LiveLinks.Making _ = LiveLinks.Make();
            started.Set();
            go.Wait(Patience);
            var link = new RecordedLink(_program, hook);
            Assert.Equal(0, link.Ended);
        });
        Assert.True(started.Wait(Patience));
        var ending = Task.Run(LiveLinks.EndLeftovers);

        Assert.False(ending.Wait(TimeSpan.FromMilliseconds(200)));
        go.Set();

        Assert.True(ending.Wait(Patience));
        Assert.True(making.Wait(Patience));
        Assert.Equal(1, hook.Detached);
    }

    [SkippableFact]
    public void What_is_to_be_made_while_the_process_ends_waits_for_that_and_is_ended_when_it_comes_all_the_same()
    {
        using var started = new ManualResetEventSlim();
        RecordedHook late = new();
        bool madeMeanwhile = true;
        Task making = Task.CompletedTask;
        var first = new RecordedHook
        {
            OnDetach = () =>
            {
                making = Task.Run(() =>
                {
                    started.Set();
                    using LiveLinks.Making lately = LiveLinks.Make();
                    _ = new RecordedLink(_program, late);
                });
                started.Wait(Patience);
                madeMeanwhile = making.Wait(TimeSpan.FromMilliseconds(200));
            },
        };
        _ = new RecordedLink(_program, first);

        LiveLinks.EndLeftovers();
        LiveLinks.EndLeftovers(); // The end goes on: ProcessExit comes after a signal on some runtimes.
        Assert.False(madeMeanwhile);
        Assert.True(making.Wait(Patience));
        LiveLinks.EndLeftovers();

        Assert.Equal(1, late.Detached);
    }

    [SkippableFact]
    public void A_link_that_is_made_too_slowly_for_the_end_is_ended_by_its_maker()
    {
        using var started = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var hook = new RecordedHook();
        var making = Task.Run(() =>
        {
            using LiveLinks.Making slowly = LiveLinks.Make();
            started.Set();
            go.Wait(Patience);
            _ = new RecordedLink(_program, hook);
        });
        Assert.True(started.Wait(Patience));

        LiveLinks.EndLeftovers(); // Loses its patience.
        go.Set();

        Assert.True(making.Wait(Patience));
        Assert.Equal(1, hook.Detached);
    }

    [SkippableFact]
    public void A_link_that_a_thread_never_lets_go_of_does_not_keep_the_process_from_ending()
    {
        using var started = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        RecordedHook stuck = DetachedSlowly(started, go);
        var other = new RecordedHook();
        var link = new RecordedLink(_program, stuck);
        _ = new RecordedLink(_program, other);
        var disposing = Task.Run(link.Dispose);
        Assert.True(started.Wait(Patience));

        LiveLinks.EndLeftovers();
        Assert.Equal(1, other.Detached);
        go.Set();

        Assert.True(disposing.Wait(Patience));
    }

    [SkippableFact]
    public void A_link_whose_hook_cannot_be_asked_for_is_not_known_to_be_gone()
    {
        var hook = new RecordedHook { OnAsk = static () => throw new IOException("no /proc") };
        using var link = new RecordedLink(_program, hook);

        Assert.True(link.IsAttached);
    }

    [SkippableFact]
    public void A_thread_that_ends_the_process_while_it_makes_a_link_does_not_wait_for_itself()
    {
        using LiveLinks.Making _ = LiveLinks.Make();
        var before = System.Diagnostics.Stopwatch.StartNew();

        LiveLinks.EndLeftovers();

        Assert.InRange(before.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [SkippableFact]
    public void Updates_of_several_threads_leave_the_program_that_the_hook_has()
    {
        using BpfProgram other = XdpPrograms.Drop();
        var hook = new RecordedHook();
        using var link = new RecordedLink(_program, hook);

        for (int round = 0; round < 50; round++)
        {
            Parallel.Invoke(() => link.Update(_program), () => link.Update(other));
            Assert.Same(hook.Program, link.Program);
        }
    }

    /// <summary>A hook whose end begins with one event and waits for another.</summary>
    private static RecordedHook DetachedSlowly(ManualResetEventSlim started, ManualResetEventSlim go) => new()
    {
        OnDetach = () =>
        {
            started.Set();
            go.Wait(Patience);
        },
    };

    private sealed class RecordedLink : BpfLink
    {
        public RecordedLink(BpfProgram program, RecordedHook hook, Action? beforeComplete = null)
            : base(program, handle: null, hook)
        {
            beforeComplete?.Invoke();
            Join();
        }

        public Action? OnEnd { get; init; }

        public int Ended { get; private set; }

        internal override void EndWithProcess()
        {
            Ended++;
            OnEnd?.Invoke();
            base.EndWithProcess();
        }
    }

    /// <summary>A hook that tells what it was asked for.</summary>
    private sealed class RecordedHook : HookAttachment
    {
        public Action? OnDetach { get; init; }

        public Action? OnAsk { get; init; }

        public int Detached { get; private set; }

        public int Closed { get; private set; }

        public BpfProgram? Program { get; private set; }

        public override string UpdateCall => "update";

        public override string DetachCall => "detach";

        public override bool IsInPlace()
        {
            OnAsk?.Invoke();
            return true;
        }

        public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
        {
            Program = program;
            Thread.Sleep(1); // What the kernel takes until it is back.
            return default;
        }

        public override NetlinkVerdict Detach()
        {
            Detached++;
            OnDetach?.Invoke();
            return default;
        }

        public override void Dispose() => Closed++;
    }
}

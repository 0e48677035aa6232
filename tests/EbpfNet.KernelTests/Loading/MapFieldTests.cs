namespace EbpfNet.KernelTests.Loading;

/// <summary>Values in which the kernel keeps things of its own: programs use each of them.</summary>
public sealed class MapFieldTests : KernelTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [SkippableFact]
    public void A_timer_fires()
    {
        using BpfObject loaded = Load("start_timer");
        Assert.Equal(0u, Run(loaded, "start_timer"));
        Assert.True(SpinWait.SpinUntil(() => loaded.GetVariable<ulong>("fired").Value != 0, Patience));
    }

    [SkippableFact]
    public void A_work_queue_works()
    {
        using BpfObject loaded = Load("start_work");
        Assert.Equal(0u, Run(loaded, "start_work"));
        Assert.True(SpinWait.SpinUntil(() => loaded.GetVariable<ulong>("worked").Value != 0, Patience));
    }

    [SkippableFact]
    public void A_resilient_lock_locks()
    {
        using BpfObject loaded = Load("count_locked");
        Assert.Equal(1u, RunOnPacket(loaded, "count_locked"));
        Assert.Equal(2u, RunOnPacket(loaded, "count_locked"));
    }

    [SkippableFact]
    public void A_pointer_to_a_task_is_kept()
    {
        using BpfObject loaded = Load("keep_task");
        Assert.Equal(0u, Run(loaded, "keep_task"));
        Assert.NotEqual(0, (int)Run(loaded, "keep_task")); // The thread's id.
    }

    [SkippableFact]
    public void A_list_gives_back_what_was_put_in()
    {
        using BpfObject loaded = Load("use_list");
        Assert.Equal(42u, RunOnPacket(loaded, "use_list"));
    }

    [SkippableFact]
    public void A_tree_gives_the_least()
    {
        using BpfObject loaded = Load("use_tree");
        Assert.Equal(3u, RunOnPacket(loaded, "use_tree"));
        Assert.False(loaded.Variables.Contains("tree_root")); // Hidden.
    }

    private static BpfObject Load(string program)
    {
        try
        {
            return BpfObject.Load(TestObjects.ReadOnly("map_fields", program));
        }
        catch (BpfException e) when (e is BpfRelocationException or BpfSyscallException { Error: BpfErrno.EINVAL or BpfErrno.EOPNOTSUPP })
        {
            Skip.If(true, $"this kernel is too old for it: {e.Message}");
            throw;
        }
    }

    private static uint Run(BpfObject loaded, string program) => loaded.Programs[program].TestRun(new BpfTestRun()).ReturnValue;

    private static uint RunOnPacket(BpfObject loaded, string program) => loaded.Programs[program].TestRun(new BpfTestRun(new byte[64])).ReturnValue;
}

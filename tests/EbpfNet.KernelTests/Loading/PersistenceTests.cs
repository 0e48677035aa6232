using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Refusals that are due to the moment, or to the limit on locked memory that kernels before 5.11 apply.</summary>
public sealed unsafe class PersistenceTests : KernelTest
{
    private const int Descriptor = 7;
    private const ulong Low = 4096;

    private readonly LibC.ResourceLimit _before;

    public PersistenceTests() => _before = Limit;

    private static LibC.ResourceLimit Limit
    {
        get
        {
            LibC.ResourceLimit limit;
            Assert.Equal(0, LibC.GetResourceLimit(MemoryLockLimit.Resource, &limit));
            return limit;
        }

        set => Assert.Equal(0, LibC.SetResourceLimit(MemoryLockLimit.Resource, &value));
    }

    public override void Dispose()
    {
        Limit = _before;
        base.Dispose();
    }

    [SkippableFact]
    public void A_call_that_a_signal_cuts_short_is_made_again()
    {
        int calls = 0;

        Assert.Equal(Descriptor, BpfSyscall.Persist(() => ++calls < 20 ? -(int)BpfErrno.EAGAIN : Descriptor));

        Assert.Equal(20, calls);
    }

    [SkippableFact]
    public void A_call_that_never_gets_through_ends_with_its_refusal()
    {
        int calls = 0;

        Assert.Equal(-(int)BpfErrno.EAGAIN, BpfSyscall.Persist(Refuse));

        Assert.InRange(calls, 10, 1000);

        int Refuse()
        {
            calls++;
            return -(int)BpfErrno.EAGAIN;
        }
    }

    [SkippableFact]
    public void The_memory_limit_is_left_alone_by_a_load_that_is_not_refused()
    {
        Limit = _before with { Current = Low };

        using BpfObject loaded = BpfObject.Load(TestObjects.Read("maps_basic"));

        Assert.Equal((Low, _before.Maximum), (Limit.Current, Limit.Maximum));
    }

    [SkippableFact]
    public void The_memory_limit_is_lifted_when_that_is_what_the_kernel_asks_for()
    {
        Limit = _before with { Current = Low };

        Assert.Equal(Descriptor, BpfSyscall.Persist(() => Limit.Current > Low ? Descriptor : -(int)BpfErrno.EPERM));

        Assert.InRange(Limit.Current, _before.Maximum, ulong.MaxValue);
    }

    [SkippableFact]
    public void The_memory_limit_is_put_back_when_lifting_it_changes_nothing()
    {
        Limit = _before with { Current = Low };

        Assert.Equal(-(int)BpfErrno.EPERM, BpfSyscall.Persist(() => -(int)BpfErrno.EPERM));

        Assert.Equal((Low, _before.Maximum), (Limit.Current, Limit.Maximum));
    }

    [SkippableFact]
    public void Whoever_was_refused_before_another_thread_lifted_the_memory_limit_tries_again()
    {
        Limit = _before with { Current = Low };
        int calls = 0;

        int result = BpfSyscall.Persist(() =>
        {
            if (++calls > 1)
            {
                return Descriptor;
            }

            // The other thread is refused, too, and is first to lift the limit.
            Assert.True(MemoryLockLimit.TryRaise(out _));
            return -(int)BpfErrno.EPERM;
        });

        Assert.Equal((Descriptor, 2), (result, calls));
    }
}

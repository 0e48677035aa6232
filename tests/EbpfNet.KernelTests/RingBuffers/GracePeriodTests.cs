using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.RingBuffers;

public sealed class GracePeriodTests : KernelTest
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_program_that_was_running_has_ended_when_it_is_over(bool byMaps)
    {
        Skip.If(Environment.ProcessorCount == 1, "one CPU runs either the program or the test");
        using GracePeriod? gracePeriod = byMaps ? GracePeriod.Open("the test") : GracePeriod.TryOpenWithoutMaps("the test");
        Skip.If(gracePeriod is null, "this kernel has no membarrier() for all, which CPUs without a tick (nohz_full) exclude");
        using BpfObject loaded = PerfProducer.Load();
        using BpfPerfBuffer buffer = loaded.GetPerfBuffer("events", new BpfPerfBufferOptions { Overwrites = true });
        BpfVariable<uint> began = loaded.GetVariable<uint>("began");
        BpfVariable<uint> ended = loaded.GetVariable<uint>("ended");
        bool wasRunning = false;
        for (int i = 0; i < 20 && !wasRunning; i++)
        {
            began.Value = ended.Value = 0;
            Task running = Task.Run(() => PerfProducer.GiveForLong(loaded));
            while (began.Value == 0)
            {
                Thread.SpinWait(10);
            }

            wasRunning = ended.Value == 0;
            gracePeriod.Wait();
            Assert.Equal(1u, ended.Value);
            await running;
        }

        Assert.True(wasRunning);
    }
}

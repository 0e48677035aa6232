namespace EbpfNet.KernelTests.Links;

/// <summary>Which links the process's end finds.</summary>
public sealed class LiveLinkTests : KernelTest
{
    [SkippableFact]
    public void A_link_that_is_being_made_is_not_ended_with_the_process_before_it_is_complete()
    {
        using BpfProgram program = XdpPrograms.Pass();

        using var link = new RecordedLink(program);

        Assert.Equal(0, link.EndedBeforeComplete);
        LiveLinks.EndLeftovers();
        Assert.Equal(1, link.Ended);
        link.Dispose();
        LiveLinks.EndLeftovers();
        Assert.Equal(1, link.Ended);
    }

    private sealed class RecordedLink : BpfLink
    {
        public RecordedLink(BpfProgram program)
            : base(program, handle: null)
        {
            LiveLinks.EndLeftovers(); // As if the process ended now.
            EndedBeforeComplete = Ended;
            Join();
        }

        public int Ended { get; private set; }

        public int EndedBeforeComplete { get; }

        internal override void EndWithProcess() => Ended++;

        private protected override void Release()
        {
        }

        private protected override void DetachNow()
        {
        }
    }
}

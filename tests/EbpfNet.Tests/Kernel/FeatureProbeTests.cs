using EbpfNet.Kernel;

namespace EbpfNet.Tests.Kernel;

public class FeatureProbeTests
{
    [Fact]
    public void A_conclusive_answer_is_asked_for_once_and_an_inconclusive_one_again()
    {
        var answers = new Queue<FeatureAnswer>([FeatureAnswer.Inconclusive, FeatureAnswer.No]);
        var probe = new FeatureProbe(answers.Dequeue);

        Assert.Equal(FeatureAnswer.Inconclusive, probe.Answer);
        Assert.True(probe.IsMissing);
        Assert.True(probe.IsMissing);
        Assert.False(probe.IsPresent);
    }

    [Fact]
    public void An_inconclusive_answer_counts_neither_as_present_nor_as_missing()
    {
        var probe = new FeatureProbe(() => FeatureAnswer.Inconclusive);

        Assert.False(probe.IsPresent);
        Assert.False(probe.IsMissing);
    }

    [Theory]
    [InlineData(BpfErrno.None, BpfErrno.None, FeatureAnswer.Yes)]
    [InlineData(BpfErrno.EINVAL, BpfErrno.None, FeatureAnswer.No)]
    [InlineData(BpfErrno.EPERM, BpfErrno.EPERM, FeatureAnswer.Inconclusive)]
    [InlineData(BpfErrno.EMFILE, BpfErrno.None, FeatureAnswer.Inconclusive)] // Another thread has closed something in between.
    [InlineData(BpfErrno.EAGAIN, BpfErrno.None, FeatureAnswer.Inconclusive)]
    public void A_refusal_counts_when_it_is_lasting_and_of_the_feature_alone(BpfErrno with, BpfErrno without, object expected) =>
        Assert.Equal(expected, KernelProbes.Compare(() => with, () => without));

    [Theory]
    [InlineData(true, FeatureAnswer.Yes)]
    [InlineData(false, FeatureAnswer.No)]
    [InlineData(null, FeatureAnswer.Inconclusive)]
    public void An_override_holds_until_its_scope_ends_and_is_never_kept(bool? forced, object expected)
    {
        int asked = 0;
        var probe = new FeatureProbe(() =>
        {
            asked++;
            return FeatureAnswer.Yes;
        });

        using (probe.Override(forced))
        {
            Assert.Equal(expected, probe.Answer);
            Assert.Equal(0, asked);
        }

        Assert.Equal(FeatureAnswer.Yes, probe.Answer);
        Assert.Equal(1, asked);
    }

    [Fact]
    public void An_override_reaches_threads_started_in_its_scope_but_not_others()
    {
        var probe = new FeatureProbe(() => FeatureAnswer.Yes);
        using var start = new ManualResetEventSlim();
        FeatureAnswer beside = FeatureAnswer.Inconclusive;
        var other = new Thread(() =>
        {
            start.Wait();
            beside = probe.Answer;
        });
        other.Start();

        FeatureAnswer inside = FeatureAnswer.Inconclusive;
        using (probe.Override(false))
        {
            var mine = new Thread(() => inside = probe.Answer);
            mine.Start();
            mine.Join();
            start.Set();
            other.Join();
        }

        Assert.Equal(FeatureAnswer.No, inside);
        Assert.Equal(FeatureAnswer.Yes, beside);
    }
}

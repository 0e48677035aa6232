using System.Diagnostics;
using EbpfNet.Abi;
using Xunit.Abstractions;

namespace EbpfNet.KernelTests.Features;

public sealed class FeatureSpeedTests(ITestOutputHelper output) : KernelTest
{
    /// <summary>Twenty times what it takes on an idle machine: others may be at work beside it.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    [SkippableFact]
    public void All_helpers_of_all_types_of_program_are_asked_for_in_little_time()
    {
        BpfHelper[] helpers = [.. Enum.GetValues<BpfHelper>().Except([BpfHelper.TracePrintk, BpfHelper.TraceVprintk, BpfHelper.ProbeWriteUser])]; // These leave traces.
        KernelFeatures.Forget();
        Stopwatch time = Stopwatch.StartNew();
        int count = Enum.GetValues<BpfProgramType>().Sum(type => helpers.Count(helper => !KernelFeatures.HasHelper(type, helper).IsUnknown));
        time.Stop();

        output.WriteLine($"{count} conclusive answers in {time.ElapsedMilliseconds} ms");
        Assert.True(count > 5000, $"only {count} answers");
        Assert.True(time.Elapsed < Bound, $"{time.ElapsedMilliseconds} ms");
    }
}

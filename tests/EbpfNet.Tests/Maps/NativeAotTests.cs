using EbpfNet.AotTests;
using EbpfNet.Tests.Objects;

namespace EbpfNet.Tests.Maps;

public class NativeAotTests
{
    [SkippableFact]
    public async Task Layouts_are_found_with_NativeAOT_as_under_the_JIT_and_publishing_warns_of_nothing()
    {
        using NativeAotPublisher publisher = new();
        await publisher.PublishAsync(optimize: true, "tests/EbpfNet.AotTests/EbpfNet.AotTests.csproj");

        (int ended, string output) = await CommandRun.RunAsync(publisher.Executable("EbpfNet.AotTests"), Path.Combine(TestObjects.Folder, "layouts.bpf.o"));

        Assert.True(ended == 0, output);
        Assert.Equal(Expected(), output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static IEnumerable<string> Expected()
    {
        yield return "dynamic code: False";
        foreach ((string name, string outcome) in LayoutCases.Run(TestObjects.Read("layouts")))
        {
            yield return $"{name}: {(name == LayoutCases.SeenByTheJitOnly ? "fits" : outcome)}";
        }

        yield return $"maps: {MapCases.Run()}";
    }
}

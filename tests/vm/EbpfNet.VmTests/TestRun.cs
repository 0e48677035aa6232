using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace EbpfNet.VmTests;

/// <summary>One run of the kernel tests: of all, of those that are marked for other kernels, or of those whose names contain one of some texts.</summary>
/// <param name="filter">The texts.</param>
/// <param name="names">The whole names of the tests, of which the others choose; <see langword="null"/> for all.</param>
/// <param name="onlyMarked">Whether only tests marked with the trait <see cref="Mark"/> are run.</param>
/// <param name="passed">A file to which the names of the tests that pass are written; may be <see langword="null"/>.</param>
internal sealed class TestRun(string[] filter, HashSet<string>? names, bool onlyMarked, string? passed) : IDisposable
{
    /// <summary>The name of the trait that tests have that are worth running on other kernels: those of kernel features that come and go.</summary>
    private const string Mark = "OtherKernels";

    private readonly XunitTestFramework _framework = new(new NullMessageSink());

    /// <summary>Runs the tests one after the other.</summary>
    /// <returns>Whether there were any, and none failed.</returns>
    public bool Execute()
    {
        var name = new AssemblyName("EbpfNet.KernelTests");
        Assembly tests = Assembly.Load(name);
        using ITestFrameworkDiscoverer discoverer = _framework.GetDiscoverer(new ReflectionAssemblyInfo(tests));
        using var discovery = new DiscoverySink();
        discoverer.Find(includeSourceInformation: false, discovery, new Options());
        IXunitTestCase[] chosen = [.. discovery.Wait().Where(IsChosen)];

        using ITestFrameworkExecutor executor = _framework.GetExecutor(name);
        using var results = new ResultSink(passed);
        executor.RunTests(chosen, results, new Options());
        results.Wait();
        Console.WriteLine($"{results.Passed} passed, {results.Failed} failed, {results.Skipped} skipped");
        return results.Failed == 0 && results.Passed + results.Skipped > 0;
    }

    public void Dispose() => _framework.Dispose();

    private bool IsChosen(ITestCase test) =>
        (!onlyMarked || test.Traits.ContainsKey(Mark)) && (names is null || names.Contains(test.DisplayName)) && IsNamed(test);

    private bool IsNamed(ITestCase test) => filter.Length == 0 || filter.Any(part => test.DisplayName.Contains(part, StringComparison.Ordinal));
}

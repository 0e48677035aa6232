using EbpfNet.Kernel;

namespace EbpfNet.KernelTests;

/// <summary>
/// The base of tests that need a kernel with BPF: skips with the reason where there is none or it may not be used, and fails a test that leaves a
/// descriptor, map, program, link, BTF or mapping behind. Tests are marked <c>[SkippableFact]</c>. What a test class needs it makes in its constructor, not in
/// the initializers of its fields, which run before the one here.
/// </summary>
public abstract class KernelTest : IDisposable
{
    private static readonly Lazy<string?> WhyNot = new(FindObstacle);

    private readonly KernelObjectSnapshot _before;

    protected KernelTest()
    {
        Skip.If(WhyNot.Value is not null, WhyNot.Value);
        _before = KernelObjectSnapshot.Take();
    }

    /// <summary>Checks that nothing was left. A test class that overrides this disposes what it holds, then calls the base.</summary>
    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        Assert.Empty(_before.FindLeftovers());
    }

    private static string? FindObstacle()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "eBPF is Linux only";
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return "this test needs root";
        }

        if (KernelArchitecture.For(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture) is null)
        {
            return "this processor is not supported";
        }

        try
        {
            _ = BpfMap.GetIds();
            return null;
        }
        catch (BpfException e)
        {
            return e.Message;
        }
    }
}

using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>The ways to a probe, each forced on whatever kernel has it.</summary>
public enum ProbeWay
{
    /// <summary>A perf event of its own, and a link.</summary>
    Link,

    /// <summary>A perf event of its own that holds the program: Linux 4.17 to 5.14.</summary>
    Event,

    /// <summary>Defined in tracefs, and a link.</summary>
    DefinedWithLink,

    /// <summary>Defined in tracefs; the event holds the program: before Linux 4.17.</summary>
    Defined,
}

/// <summary>Forces a way until it is disposed; skips the test where the kernel does not have it.</summary>
internal sealed class ForcedProbeWay : IDisposable
{
    private readonly FeatureProbe.Scope[] _scopes;

    public ForcedProbeWay(ProbeWay way)
    {
        HasLink = way is ProbeWay.Link or ProbeWay.DefinedWithLink;
        Skip.If(HasLink && !PerfEventProbes.Links.IsPresent, "this kernel has no links to perf events (Linux 5.15)");
        bool hasEvent = way is ProbeWay.Link or ProbeWay.Event;
        _scopes = hasEvent
            ? [PerfEventProbes.Links.Override(HasLink)]
            : [PerfEventProbes.Links.Override(HasLink), PerfEventProbes.UserProbeEvents.Override(false), PerfEventProbes.KernelProbeEvents.Override(false)];
    }

    public bool HasLink { get; }

    public void Dispose()
    {
        foreach (FeatureProbe.Scope scope in _scopes)
        {
            scope.Dispose();
        }
    }
}

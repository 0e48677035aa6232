using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What the kernel's traffic control can do with programs, found by asking about the loopback interface.</summary>
internal static class TcProbes
{
    /// <summary>The loopback interface has this index in every network namespace.</summary>
    private const int Loopback = 1;

    /// <summary>Whether programs are attached through links, in an order (tcx; Linux 6.6).</summary>
    public static readonly FeatureProbe Tcx = new(() => Judge(DevicePrograms.Query(Loopback, BpfAttachType.TcxIngress, out _)));

    /// <summary>What the answer to the question means who is there.</summary>
    internal static FeatureAnswer Judge(BpfErrno error) => error switch
    {
        BpfErrno.None or BpfErrno.ENOENT or BpfErrno.ENODEV => FeatureAnswer.Yes,
        BpfErrno.EINVAL or BpfErrno.E2BIG => FeatureAnswer.No, // No such hook, or a request that is longer than what the kernel knows.
        _ => FeatureAnswer.Inconclusive,
    };
}

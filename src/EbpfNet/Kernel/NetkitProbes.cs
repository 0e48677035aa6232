using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>Whether the kernel has netkit devices, found by asking about the loopback interface, which is none.</summary>
internal static class NetkitProbes
{
    private const int Loopback = 1;

    /// <summary>Whether the kernel has netkit devices (Linux 6.7, if it was built with them).</summary>
    public static readonly FeatureProbe Devices = new(() => Judge(DevicePrograms.Query(Loopback, BpfAttachType.NetkitPrimary, out _)));

    /// <summary>What the answer to the question means who is on a device that is no netkit.</summary>
    internal static FeatureAnswer Judge(BpfErrno error) => error switch
    {
        BpfErrno.ENXIO or BpfErrno.ENODEV => FeatureAnswer.Yes,
        BpfErrno.EINVAL or BpfErrno.E2BIG => FeatureAnswer.No,
        _ => FeatureAnswer.Inconclusive,
    };
}

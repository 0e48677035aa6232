using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>The network interface that a program is loaded for.</summary>
internal static class BoundDevice
{
    /// <exception cref="BpfSyscallException">There is no such interface in this network namespace.</exception>
    public static int FindIndex(string device, BpfProgramSpec program)
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        return NetworkDevice.Get(socket, device, 0, $"find interface '{device}', for which program '{program.Name}' is to be loaded").Index;
    }
}

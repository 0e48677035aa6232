using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>The network interface that a program is loaded for.</summary>
internal static class BoundDevice
{
    /// <exception cref="BpfSyscallException">There is no such interface in this network namespace.</exception>
    public static int FindIndex(string device, BpfProgramSpec program)
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        NetlinkVerdict verdict = NetworkDevice.Find(socket, device, out NetworkDevice? found);
        return found?.Index ?? throw SyscallErrors.Create(
            verdict.Error, "RTM_GETLINK", $"find interface '{device}', for which program '{program.Name}' is to be loaded", verdict.Error == BpfErrno.ENODEV ? "There is none of this name in this network namespace" : null, verdict.Message);
    }
}

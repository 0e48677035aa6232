using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Interfaces for maps of them: found by name, and said well where they are not.</summary>
internal static class DeviceErrors
{
    /// <summary>The index of the interface of a name, in the network namespace of the calling thread.</summary>
    /// <exception cref="BpfSyscallException">There is none.</exception>
    public static int RequireIndex(BpfMap map, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, "interfaceName");
        using NetlinkSocket socket = NetlinkSocket.Open();
        return NetworkDevice.Get(socket, name, 0, Doing(map, name, 0)).Index;
    }

    /// <summary>An interface that was not put in. The kernel gives one answer for many causes; whether the interface is there can be found out.</summary>
    public static BpfException Set(BpfMap map, int index, BpfProgram? program, int result)
    {
        if (result == -(int)BpfErrno.EINVAL)
        {
            using NetlinkSocket socket = NetlinkSocket.Open();
            NetlinkVerdict verdict = NetworkDevice.Find(socket, index, out NetworkDevice? device);
            if (device is null)
            {
                return NetworkDeviceErrors.NotFound(socket, null, index, Doing(map, null, index), verdict);
            }
        }

        string with = program is null ? "" : $" with {program}";
        return MapErrors.Create(map, BpfCommand.MapUpdateElem, result, $"put interface {NetworkDeviceErrors.Describe(null, index)}{with} into");
    }

    private static string Doing(BpfMap map, string? name, int index) => $"put interface {NetworkDeviceErrors.Describe(name, index)} into {map}";
}

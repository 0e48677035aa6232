using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The name of the interface that an opened link is attached to, which the link does not tell.</summary>
internal static class DeviceNames
{
    /// <returns>Nothing where the interface is gone, or another one has the index in this thread's network namespace.</returns>
    public static string Find(in LinkInfoData info)
    {
        if (info.Ifindex == 0 || DevicePrograms.Query((int)info.Ifindex, info.DeviceAttachType, out DeviceProgramList list) != BpfErrno.None)
        {
            return "";
        }

        uint id = info.Id;
        if (!list.Programs.Any(entry => entry.LinkId == id))
        {
            return "";
        }

        using NetlinkSocket socket = NetlinkSocket.Open();
        _ = NetworkDevice.Find(socket, (int)info.Ifindex, out NetworkDevice? device);
        return device?.Name ?? "";
    }
}

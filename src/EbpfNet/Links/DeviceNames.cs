using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The interface that an opened link is attached by, whose name the link does not tell.</summary>
internal static class DeviceNames
{
    /// <returns>No name where the interface is gone, or another one has the index in this thread's network namespace.</returns>
    public static (int Index, string Name) Find(in LinkInfoData info)
    {
        if (info.Ifindex == 0)
        {
            return (0, "");
        }

        uint id = info.Id;
        BpfAttachType type = info.DeviceAttachType;
        using NetlinkSocket socket = NetlinkSocket.Open();
        if (type == BpfAttachType.NetkitPeer)
        {
            // The link tells the peer, which knows nothing: its primary device does.
            return NetworkDevice.List(socket).FirstOrDefault(device => Has(device.Index, type, id)) is { } primary ? (primary.Index, primary.Name) : (0, "");
        }

        int index = (int)info.Ifindex;
        if (!Has(index, type, id))
        {
            return (index, "");
        }

        _ = NetworkDevice.Find(socket, index, out NetworkDevice? found);
        return (index, found?.Name ?? "");
    }

    private static bool Has(int interfaceIndex, BpfAttachType type, uint linkId) =>
        DevicePrograms.Query(interfaceIndex, type, out DeviceProgramList list) == BpfErrno.None && list.Programs.Any(entry => entry.LinkId == linkId);
}

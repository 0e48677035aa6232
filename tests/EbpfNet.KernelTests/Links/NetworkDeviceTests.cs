using DemoNetwork;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Interfaces are found by every name that they have.</summary>
public sealed class NetworkDeviceTests : KernelTest
{
    private const string LongName = "the-uplink-of-the-third-rack";
    private const ushort NewLinkProperty = 108; // RTM_NEWLINKPROP
    private const ushort PropertyList = 52; // IFLA_PROP_LIST

    [SkippableFact]
    public void An_interface_is_found_by_its_alternative_name()
    {
        using NetworkHost host = NetworkHost.Create("named");
        using BpfProgram pass = XdpPrograms.Pass();
        host.Run(() =>
        {
            BpfErrno error = AddAlternativeName(index: 1, LongName);
            Skip.If(error == BpfErrno.EOPNOTSUPP, "this kernel has no alternative names (before Linux 5.5)");
            Assert.Equal(BpfErrno.None, error);
            using XdpLink link = pass.AttachXdp(LongName, XdpMode.Generic);
            Assert.Equal((1, "lo"), (link.InterfaceIndex, link.InterfaceName));
        });
    }

    private static BpfErrno AddAlternativeName(int index, string name)
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        var message = new NetlinkMessage(stackalloc byte[256], (NetlinkType)NewLinkProperty, NetlinkFlags.Acknowledge | NetlinkFlags.Create | NetlinkFlags.Exclusive);
        message.Append(new InterfaceInfoMessage { Index = index });
        int list = message.BeginNested(PropertyList);
        message.Attribute(LinkAttribute.AlternativeName, name);
        message.EndNested(list);
        return socket.Request(message).Error;
    }
}

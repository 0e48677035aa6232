using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace EbpfNet.KernelTests.Links;

/// <summary>Two hosts joined by a cable. The programs under test go on the receiver's interface, and real packets tell what they do.</summary>
internal sealed class XdpHosts : IDisposable
{
    public const string Interface = "eth0";

    private static readonly IPAddress SenderAddress = IPAddress.Parse("172.30.0.1");
    private static readonly IPAddress ReceiverAddress = IPAddress.Parse("172.30.0.2");

    private readonly Socket _from;
    private readonly Socket _to;
    private readonly IPEndPoint _target;
    private byte _serial;

    public XdpHosts()
    {
        Sender = NetworkHost.Create("sender");
        Receiver = NetworkHost.Create("receiver");
        VethPair.Create(Sender, Interface, Receiver, Interface);
        Sender.AddAddress(Interface, SenderAddress, 24);
        Receiver.AddAddress(Interface, ReceiverAddress, 24);
        _from = Sender.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _from.SetRawSocketOption(1, 11, BitConverter.GetBytes(1)); // SO_NO_CHECK: a veth leaves checksums out, and a redirected packet has nobody to say so.
        _to = Receiver.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _to.Bind(new IPEndPoint(ReceiverAddress, 0));
        _target = (IPEndPoint)_to.LocalEndPoint!;
    }

    public NetworkHost Sender { get; }

    public NetworkHost Receiver { get; }

    /// <summary>The id of the XDP program on the receiver's interface, as another implementation of netlink sees it.</summary>
    public uint? ProgramId => Receiver.GetInterface(Interface).XdpProgramId;

    public XdpLink Attach(BpfProgram program, XdpMode mode = XdpMode.Auto) => Receiver.Run(() => program.AttachXdp(Interface, mode));

    public XdpLink Attach(BpfProgram program, XdpAttachOptions options) => Receiver.Run(() => program.AttachXdp(Interface, options));

    public void SetSenderMtu(int bytes) => Sender.Run(() => Tool.Run("ip", $"link set dev {Interface} mtu {bytes}"));

    /// <summary>Lets both send packets of that many bytes.</summary>
    public void SetMtu(int bytes)
    {
        SetSenderMtu(bytes);
        Receiver.Run(() => Tool.Run("ip", $"link set dev {Interface} mtu {bytes}"));
    }

    /// <summary>Whether a packet with that many bytes of payload comes through; the last of them is 0x5a.</summary>
    public bool Delivers(int payload)
    {
        byte[] sent = new byte[payload];
        sent[^1] = 0x5a;
        byte[] received = new byte[payload + 1];
        _from.SendTo(sent, _target);
        return _to.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead) && _to.Receive(received) == payload && received[payload - 1] == 0x5a;
    }

    /// <summary>Whether a packet comes through; the first may need the neighbour's address, so it is sent again until one does.</summary>
    public bool Delivers() => Send(TimeSpan.FromSeconds(5));

    /// <summary>Whether several packets are lost.</summary>
    public bool Drops() => !Send(TimeSpan.FromMilliseconds(150));

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
        Receiver.Dispose();
        Sender.Dispose();
    }

    private bool Send(TimeSpan patience)
    {
        byte serial = ++_serial;
        byte[] received = new byte[16];
        DateTime end = DateTime.UtcNow + patience;
        do
        {
            _from.SendTo([serial], _target);
            while (_to.Poll(TimeSpan.FromMilliseconds(25), SelectMode.SelectRead))
            {
                if (_to.Receive(received) == 1 && received[0] == serial)
                {
                    return true;
                }
            }
        }
        while (DateTime.UtcNow < end);
        return false;
    }
}

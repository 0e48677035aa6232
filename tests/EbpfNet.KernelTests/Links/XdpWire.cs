using System.Net;
using System.Net.Sockets;
using DemoNetwork;

namespace EbpfNet.KernelTests.Links;

/// <summary>Two hosts with a third between them that forwards nothing by itself: what arrives was redirected by XDP.</summary>
internal sealed class XdpWire : IDisposable
{
    public const string Left = "eth0";
    public const string Right = "eth1";

    private const string Interface = "eth0";
    private static readonly IPAddress FirstAddress = IPAddress.Parse("172.31.0.1");
    private static readonly IPAddress SecondAddress = IPAddress.Parse("172.31.0.2");

    private readonly NetworkHost _first = NetworkHost.Create("first");
    private readonly NetworkHost _second = NetworkHost.Create("second");
    private readonly List<IDisposable> _links = [];
    private readonly Socket _from;
    private readonly Socket _to;
    private byte _serial;

    /// <param name="pass">A program that lets everything pass: a veth takes redirected packets only where one is attached.</param>
    /// <param name="mtu">How many bytes the packets of all interfaces may have.</param>
    public XdpWire(BpfProgram pass, int mtu = 1500)
    {
        Middle = NetworkHost.Create("middle");
        VethPair.Create(_first, Interface, Middle, Left);
        VethPair.Create(_second, Interface, Middle, Right);
        _first.AddAddress(Interface, FirstAddress, 24);
        _second.AddAddress(Interface, SecondAddress, 24);
        Middle.SetUp(Left);
        Middle.SetUp(Right);
        foreach ((NetworkHost host, string name) in new[] { (_first, Interface), (_second, Interface), (Middle, Left), (Middle, Right) })
        {
            host.Run(() => Tool.Run("ip", $"link set dev {name} mtu {mtu}"));
        }

        _links.Add(_first.Run(() => pass.AttachXdp(Interface)));
        _links.Add(_second.Run(() => pass.AttachXdp(Interface)));
        _from = Open(_first, FirstAddress);
        _to = Open(_second, SecondAddress);
    }

    public NetworkHost Middle { get; }

    /// <summary>Attaches a program on both sides of the host between.</summary>
    public void Attach(BpfProgram program, XdpMode mode)
    {
        _links.Add(AttachOrSkip(() => Middle.Run(() => program.AttachXdp(Left, mode))));
        _links.Add(Middle.Run(() => program.AttachXdp(Right, mode)));
    }

    /// <summary>Before Linux 5.15 generic mode does not take programs that use a map whose elements have room for a program.</summary>
    public static XdpLink AttachOrSkip(Func<XdpLink> attach)
    {
        try
        {
            return attach();
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.EINVAL && e.Message.Contains("Before Linux 5.15", StringComparison.Ordinal))
        {
            throw Lack.Of(KernelFeatures.Has(KernelFeature.AttachCookies).IsPresent, e); // They came with that version, too.
        }
    }

    /// <summary>Whether a packet comes through both ways.</summary>
    public bool Delivers()
    {
        TimeSpan patience = TimeSpan.FromSeconds(5);
        return Send(_from, _to, patience) && Send(_to, _from, patience);
    }

    /// <summary>Whether a packet with that many bytes of payload comes through.</summary>
    public bool Delivers(int payload)
    {
        _from.SendTo(new byte[payload], _to.LocalEndPoint!);
        return _to.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead) && _to.Receive(new byte[payload + 1]) == payload;
    }

    /// <summary>Whether several packets are lost, whoever sends them.</summary>
    public bool Drops()
    {
        TimeSpan patience = TimeSpan.FromMilliseconds(150);
        return !Send(_from, _to, patience) && !Send(_to, _from, patience);
    }

    public void Dispose()
    {
        _links.ForEach(link => link.Dispose());
        _from.Dispose();
        _to.Dispose();
        _first.Dispose();
        _second.Dispose();
        Middle.Dispose();
    }

    private static Socket Open(NetworkHost host, IPAddress address)
    {
        Socket socket = host.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetRawSocketOption(1, 11, BitConverter.GetBytes(1)); // SO_NO_CHECK: a veth leaves checksums out, and a redirected packet has nobody to say so.
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    private bool Send(Socket from, Socket to, TimeSpan patience)
    {
        byte serial = ++_serial;
        byte[] received = new byte[16];
        DateTime end = DateTime.UtcNow + patience;
        do
        {
            try
            {
                from.SendTo([serial], to.LocalEndPoint!);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.HostUnreachable)
            {
                // The neighbour did not tell its address before.
            }

            while (to.Poll(TimeSpan.FromMilliseconds(25), SelectMode.SelectRead))
            {
                if (to.Receive(received) == 1 && received[0] == serial)
                {
                    return true;
                }
            }
        }
        while (DateTime.UtcNow < end);
        return false;
    }
}

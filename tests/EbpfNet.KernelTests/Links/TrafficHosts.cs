using DemoNetwork;

namespace EbpfNet.KernelTests.Links;

/// <summary>Two hosts joined by a cable, and tc programs that count the real packets between them.</summary>
internal sealed class TrafficHosts : IDisposable
{
    public TrafficHosts()
    {
        Hosts = new XdpHosts();
        Loaded = BpfObject.Load(TestObjects.ReadOnly("traffic", "count", "count_too", "drop"));
    }

    public XdpHosts Hosts { get; }

    public BpfObject Loaded { get; }

    public BpfProgram Count => Loaded.Programs["count"];

    public BpfProgram CountToo => Loaded.Programs["count_too"];

    public BpfProgram Drop => Loaded.Programs["drop"];

    public ulong Counted => Loaded.GetVariable<ulong>("counted").Value;

    public ulong CountedToo => Loaded.GetVariable<ulong>("counted_too").Value;

    public ulong Dropped => Loaded.GetVariable<ulong>("dropped").Value;

    /// <summary>Packets go from the sender's egress to the receiver's ingress.</summary>
    public NetworkHost HostOf(TcDirection direction) => direction == TcDirection.Ingress ? Hosts.Receiver : Hosts.Sender;

    public TcLink Attach(BpfProgram program, TcDirection direction = TcDirection.Ingress, TcAttachOptions? options = null) =>
        HostOf(direction).Run(() => program.AttachTc(XdpHosts.Interface, direction, options));

    public TcHookState Query(TcDirection direction = TcDirection.Ingress) => HostOf(direction).Run(() => TcHook.Query(XdpHosts.Interface, direction));

    public uint[] ProgramIds(TcDirection direction = TcDirection.Ingress) => [.. Query(direction).Programs.Select(program => program.ProgramId)];

    /// <summary>The queueing disciplines of an interface, as another implementation of netlink sees them.</summary>
    public string Qdiscs(TcDirection direction = TcDirection.Ingress) => HostOf(direction).Run(() => Tool.Read("tc", $"qdisc show dev {XdpHosts.Interface}"));

    public void Dispose()
    {
        Loaded.Dispose();
        Hosts.Dispose();
    }
}

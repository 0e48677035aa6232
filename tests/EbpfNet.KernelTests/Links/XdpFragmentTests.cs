namespace EbpfNet.KernelTests.Links;

/// <summary>XDP on packets of more than a page, which only programs of sections <c>xdp.frags</c> see natively.</summary>
[Trait("OtherKernels", "")]
public sealed class XdpFragmentTests : KernelTest
{
    private const int Payload = 8000;
    private const int Headers = 14 + 20 + 8; // Ethernet, IPv4, UDP

    private readonly XdpHosts _hosts;

    public XdpFragmentTests() => _hosts = new XdpHosts();

    public override void Dispose()
    {
        _hosts.Dispose();
        base.Dispose();
    }

    [SkippableFact]
    public void A_packet_of_more_than_a_page_is_seen_whole()
    {
        using BpfObject loaded = LoadOrSkip();
        _hosts.SetMtu(9000);
        Assert.True(_hosts.Delivers()); // The neighbours know each other.

        Hook.Sees(() => _hosts.Attach(loaded.Programs["measure"], XdpMode.Native), () => Assert.True(_hosts.Delivers(Payload)), () => loaded.GetVariable<ulong>("seen").Value, _ =>
        {
            Assert.Equal((ulong)(Payload + Headers), loaded.GetVariable<ulong>("length").Value);
            Assert.InRange(loaded.GetVariable<ulong>("linear").Value, 1ul, 4096ul);
            Assert.Equal(0x5au, loaded.GetVariable<uint>("last_byte").Value);
        });
    }

    [SkippableFact]
    public void A_program_without_fragments_is_refused_natively_with_the_section_that_has_them()
    {
        using BpfObject loaded = LoadOrSkip();
        _hosts.SetMtu(9000);

        Assert.Contains("'xdp.frags'", Assert.Throws<BpfSyscallException>(() => _hosts.Attach(loaded.Programs["without_fragments"], XdpMode.Native)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_program_of_a_map_of_interfaces_sees_it_whole()
    {
        using BpfObject loaded = LoadOrSkip();
        Skip.IfNot(KernelTypes.Has("netdev_xdp_act"), "this kernel sends no packets with fragments from map to interface (Linux 6.3)");
        using var wire = new XdpWire(loaded.Programs["pass"], mtu: 9000);
        BpfDeviceHashMap devices = loaded.GetDeviceHashMap("devices");
        wire.Attach(loaded.Programs["forward"], XdpMode.Native);
        int left = wire.Middle.GetInterface(XdpWire.Left).Index;
        int right = wire.Middle.GetInterface(XdpWire.Right).Index;
        wire.Middle.Run(() =>
        {
            devices.Set((uint)left, right);
            devices.Set((uint)right, left);
        });
        Assert.True(wire.Delivers()); // The neighbours know each other.
        Assert.True(wire.Delivers(Payload));
        Assert.Equal(0ul, loaded.GetVariable<ulong>("seen").Value);

        wire.Middle.Run(() => devices.Set((uint)left, right, loaded.Programs["leaving"]));
        Assert.True(wire.Delivers(Payload));
        Assert.Equal((1ul, (ulong)(Payload + Headers)), (loaded.GetVariable<ulong>("seen").Value, loaded.GetVariable<ulong>("length").Value));

        wire.Middle.Run(() => devices.Set((uint)left, right));
        Assert.True(wire.Delivers(Payload));
        Assert.Equal(1ul, loaded.GetVariable<ulong>("seen").Value);
    }

    [SkippableFact]
    public void A_program_of_a_map_of_CPUs_sees_it_whole()
    {
        using BpfObject loaded = LoadOrSkip();
        _hosts.SetMtu(9000);
        Assert.True(_hosts.Delivers()); // The neighbours know each other.
        BpfCpuMap cpus = loaded.GetCpuMap("cpus");
        cpus.Set(0, 64);
        using XdpLink link = _hosts.Attach(loaded.Programs["to_cpu"], XdpMode.Native);
        Assert.True(_hosts.Delivers(Payload));
        Assert.Equal(0ul, loaded.GetVariable<ulong>("seen").Value);

        cpus.Set(0, 64, loaded.Programs["arriving"]);
        Assert.True(_hosts.Delivers(Payload));
        Assert.Equal((1ul, (ulong)(Payload + Headers)), (loaded.GetVariable<ulong>("seen").Value, loaded.GetVariable<ulong>("length").Value));

        cpus.Set(0, 64);
        Assert.True(_hosts.Delivers(Payload));
        Assert.Equal(1ul, loaded.GetVariable<ulong>("seen").Value);
    }

    private static BpfObject LoadOrSkip()
    {
        try
        {
            return BpfObject.Load(TestObjects.Read("xdp_fragments"));
        }
        catch (BpfException e) when (e is BpfVerifierException or BpfNotSupportedException or BpfSyscallException { Error: BpfErrno.EINVAL })
        {
            throw Lack.Of(KernelTypes.HasMember("xdp_buff", "flags"), e); // As which packets with fragments are marked, since there are any (Linux 5.18).
        }
    }
}

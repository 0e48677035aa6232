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

    private static BpfObject LoadOrSkip()
    {
        try
        {
            return BpfObject.Load(TestObjects.Read("xdp_fragments"));
        }
        catch (BpfException e) when (e is BpfVerifierException or BpfNotSupportedException or BpfSyscallException { Error: BpfErrno.EINVAL })
        {
            Skip.If(true, $"this kernel has no XDP with fragments: {e.Message}");
            throw;
        }
    }
}

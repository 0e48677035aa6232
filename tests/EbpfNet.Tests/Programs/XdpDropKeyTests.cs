using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Programs;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Programs;

/// <summary>The keys of XdpDrop's maps, byte by byte as the program reads them.</summary>
public class XdpDropKeyTests
{
    [Fact]
    public void Keys_have_the_sizes_of_their_c_structs()
    {
        Assert.Equal(4, Unsafe.SizeOf<XdpDropIPv4Address>());
        Assert.Equal(16, Unsafe.SizeOf<XdpDropIPv6Address>());
        Assert.Equal(8, Unsafe.SizeOf<XdpDropIPv4Prefix>());
        Assert.Equal(20, Unsafe.SizeOf<XdpDropIPv6Prefix>());
        Assert.Equal(4, Unsafe.SizeOf<XdpDropRule>());
        Assert.Equal(16, Unsafe.SizeOf<XdpDropCounters>());
    }

    [Fact]
    public void A_prefix_is_its_length_in_host_order_and_its_address_in_network_order()
    {
        XdpDropIPv4Prefix prefix = XdpDropIPv4Prefix.From(IPNetwork.Parse("192.0.2.0/24"));

        byte[] expected = [.. BitConverter.GetBytes(24), 192, 0, 2, 0];
        Assert.Equal(expected, MemoryMarshal.AsBytes(new ReadOnlySpan<XdpDropIPv4Prefix>(in prefix)));
    }

    [Fact]
    public void A_key_of_the_other_family_is_refused()
    {
        Assert.Throws<ArgumentException>(() => XdpDropIPv4Address.From(IPAddress.IPv6Loopback));
        Assert.Throws<ArgumentException>(() => XdpDropIPv6Address.From(IPAddress.Loopback));
    }

    [Fact]
    public void Keys_round_trip()
    {
        Prop.ForAll<byte[], int>((bytes, bits) =>
        {
            byte[] address = [.. bytes, .. new byte[16]];
            IPNetwork ipv4 = Cut(new IPAddress(address.AsSpan(0, 4)), (int)((uint)bits % 33));
            IPNetwork ipv6 = Cut(new IPAddress(address.AsSpan(0, 16)), (int)((uint)bits % 129));

            Assert.Equal(ipv4, XdpDropIPv4Prefix.From(ipv4).ToIPNetwork());
            Assert.Equal(ipv6, XdpDropIPv6Prefix.From(ipv6).ToIPNetwork());
            Assert.Equal(ipv4.BaseAddress, XdpDropIPv4Address.From(ipv4.BaseAddress).ToIPAddress());
            Assert.Equal(ipv6.BaseAddress, XdpDropIPv6Address.From(ipv6.BaseAddress).ToIPAddress());
        }).QuickCheckThrowOnFailure();
    }

    // IPNetwork takes no address with bits set behind the prefix.
    private static IPNetwork Cut(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }
}

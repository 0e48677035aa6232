using System.Net;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Maps;

public class LpmKeyTests
{
    [Fact]
    public void A_network_lies_in_memory_as_C_has_it()
    {
        Assert.Equal(Bytes(24, 192, 0, 2, 0), InMemory(new Ipv4LpmKey(IPNetwork.Parse("192.0.2.0/24"))));
        Assert.Equal(Bytes(32, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), InMemory(new Ipv6LpmKey(IPNetwork.Parse("2001:db8::/32"))));

        static byte[] InMemory<T>(T key)
            where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in key)).ToArray();
    }

    [Fact]
    public void Every_network_comes_back_as_it_was()
    {
        Arbitrary<byte[]> bytes = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(17).ToArbitrary();
        Prop.ForAll(bytes, input =>
        {
            var four = new Ipv4LpmKey(new IPAddress(input.AsSpan(1, 4)), input[0] % 33);
            Assert.Equal(input[0] % 33, four.PrefixLength);
            Assert.Equal(four, new Ipv4LpmKey(four.ToNetwork()));
            Assert.True(four.ToNetwork().Contains(new IPAddress(input.AsSpan(1, 4))));
            Assert.Equal(four.ToNetwork().ToString(), four.ToString());

            var six = new Ipv6LpmKey(new IPAddress(input.AsSpan(1, 16)), input[0] % 129);
            Assert.Equal(six, new Ipv6LpmKey(six.ToNetwork()));
            Assert.True(six.ToNetwork().Contains(new IPAddress(input.AsSpan(1, 16))));
            Assert.Equal(six.ToNetwork().ToString(), six.ToString());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void IPv4_networks_and_the_IPv6_ones_that_stand_for_them_are_turned_into_each_other()
    {
        Prop.ForAll(Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(5).ToArbitrary(), input =>
        {
            var four = new Ipv4LpmKey(new IPAddress(input.AsSpan(1, 4)), input[0] % 33);
            Ipv6LpmKey mapped = four.MapToIPv6();
            Assert.True(mapped.IsIPv4Mapped);
            Assert.Equal(four.PrefixLength + 96, mapped.PrefixLength);
            Assert.Equal(four, mapped.MapToIPv4());
            Assert.Equal(four, new Ipv4LpmKey(mapped.ToNetwork()));
            Assert.Equal(mapped, new Ipv6LpmKey(new IPAddress(input.AsSpan(1, 4)).MapToIPv6(), mapped.PrefixLength));
        }).QuickCheckThrowOnFailure();

        Assert.Equal("192.0.2.0/24", new Ipv4LpmKey(IPNetwork.Parse("::ffff:192.0.2.0/120")).ToString());
        Assert.Contains("Ipv6LpmKey", Assert.Throws<ArgumentException>(() => new Ipv4LpmKey(IPNetwork.Parse("::ffff:0:0/90"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("address", () => new Ipv4LpmKey(IPNetwork.Parse("2001:db8::/64")));
        Assert.Throws<ArgumentException>("address", () => new Ipv6LpmKey(IPNetwork.Parse("10.0.0.0/8")));
        var six = new Ipv6LpmKey(IPNetwork.Parse("2001:db8::/32"));
        Assert.False(six.IsIPv4Mapped);
        Assert.False(new Ipv6LpmKey(IPAddress.IPv6Any, 0).IsIPv4Mapped);
        Assert.Throws<InvalidOperationException>(() => six.MapToIPv4());
    }

    [Fact]
    public void Addresses_of_the_other_family_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Ipv4LpmKey(IPAddress.IPv6Loopback));
        Assert.Throws<ArgumentException>(() => new Ipv6LpmKey(IPAddress.Loopback));
        Assert.Equal(new Ipv4LpmKey(IPAddress.Loopback), new Ipv4LpmKey(IPAddress.Loopback.MapToIPv6()));
    }

    [Fact]
    public void Prefixes_that_there_are_not_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ipv4LpmKey(IPAddress.Loopback, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ipv6LpmKey(IPAddress.IPv6Loopback, -1));
    }

    private static byte[] Bytes(uint prefixLength, params byte[] address) => [.. BitConverter.GetBytes(prefixLength), .. address];
}

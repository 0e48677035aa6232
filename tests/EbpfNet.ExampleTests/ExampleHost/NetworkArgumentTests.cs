using System.Net;
using ExampleHost;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.ExampleTests.ExampleHost;

public sealed class NetworkArgumentTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1/32")]
    [InlineData("192.0.2.0/24", "192.0.2.0/24")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:DB8::1", "2001:db8::1/128")]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    [InlineData("::/0", "::/0")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1/32")]
    [InlineData("::ffff:192.0.2.0/120", "192.0.2.0/24")]
    public void An_address_or_prefix_is_read(string text, string expected) => Assert.Equal(expected, NetworkArgument.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("/8")]
    [InlineData("10")]
    [InlineData("10.1")]
    [InlineData("10.0.0.010")]
    [InlineData("10.0.0.256")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("example.org")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[2001:db8::1]")]
    [InlineData("10.0.0.0/8/8")]
    public void What_is_no_address_is_refused(string text)
        => Assert.StartsWith($"'{text}' is not an address", Assert.Throws<UserErrorException>(() => NetworkArgument.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("10.0.0.0/33", "from 0 to 32")]
    [InlineData("10.0.0.0/", "from 0 to 32")]
    [InlineData("10.0.0.0/-1", "from 0 to 32")]
    [InlineData("10.0.0.0/08", "from 0 to 32")]
    [InlineData("::/129", "from 0 to 128")]
    public void A_prefix_length_out_of_range_is_refused_with_the_range(string text, string range)
        => Assert.Contains(range, Assert.Throws<UserErrorException>(() => NetworkArgument.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_network_is_read_back_from_its_text_and_host_bits_are_refused_with_the_network_meant()
        => Prop.ForAll<byte[], int>((bytes, number) =>
        {
            byte[] address = new byte[number % 2 == 0 ? 4 : 16];
            bytes.AsSpan(0, Math.Min(bytes.Length, address.Length)).CopyTo(address);
            int length = (int)((uint)number % (uint)((address.Length * 8) + 1));
            byte[] masked = [.. address.Select((value, i) => (byte)(value & (0xff << (8 - Math.Clamp(length - (i * 8), 0, 8)))))];
            IPNetwork network = new(new IPAddress(masked), length);

            Assert.Equal(network, NetworkArgument.Parse(network.ToString()));
            if (!masked.SequenceEqual(address))
            {
                Assert.Contains($" {network} ", Assert.Throws<UserErrorException>(() => NetworkArgument.Parse($"{new IPAddress(address)}/{length}")).Message, StringComparison.Ordinal);
            }
        }).QuickCheckThrowOnFailure();
}

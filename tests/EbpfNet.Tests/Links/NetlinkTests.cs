using EbpfNet.Buffers;
using EbpfNet.Kernel;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Links;

public sealed class NetlinkTests
{
    private static readonly Gen<(ushort Type, uint Value, string Text)[]> Attributes =
        ArbMap.Default.GeneratorFor<(ushort, uint, NonNull<string>)>()
            .Select(attribute => ((ushort)(attribute.Item1 & 0x3fff), attribute.Item2, attribute.Item3.Get.Replace("\0", "", StringComparison.Ordinal)))
            .ArrayOf();

    [Fact]
    public void What_a_message_was_built_of_is_read_back()
    {
        Prop.ForAll(Attributes.ToArbitrary(), attributes =>
        {
            var message = new NetlinkMessage(new byte[1 << 16], NetlinkType.GetLink, NetlinkFlags.Acknowledge);
            foreach ((ushort type, uint value, string text) in attributes)
            {
                int nested = message.BeginNested(type);
                message.Attribute(1, value);
                message.Attribute(2, text);
                message.EndNested(nested);
            }

            var datagram = new SpanReader(message.Finish(77), bigEndian: false, "test");
            Assert.True(NetlinkReply.TryRead(ref datagram, out NetlinkReply reply));
            Assert.Equal(NetlinkType.GetLink, reply.Type);
            Assert.Equal(77u, reply.Sequence);
            var outer = new NetlinkAttributes(reply.Content);
            foreach ((ushort type, uint value, string text) in attributes)
            {
                Assert.True(outer.MoveNext());
                Assert.Equal(type, outer.Type);
                var inner = new NetlinkAttributes(outer.Value);
                Assert.True(inner.MoveNext());
                Assert.Equal(value, inner.ReadUInt32());
                Assert.True(inner.MoveNext());
                Assert.Equal(WellFormed(text), inner.ReadString());
                Assert.False(inner.MoveNext());
            }

            Assert.False(outer.MoveNext());
            Assert.Equal(0, datagram.Remaining);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Arbitrary_bytes_are_read_or_refused()
    {
        // Lengths and types that are often right lead deeper than plain noise would.
        Gen<byte> bytes = Gen.Frequency((4, Gen.Elements<byte>(0, 4, 8, 16, 20, 43)), (1, ArbMap.Default.GeneratorFor<byte>()));
        Prop.ForAll(bytes.ArrayOf().ToArbitrary(), data =>
        {
            try
            {
                var datagram = new SpanReader(data, bigEndian: false, "test");
                while (NetlinkReply.TryRead(ref datagram, out NetlinkReply reply))
                {
                    _ = NetworkDevice.Read(reply.Content);
                }
            }
            catch (BpfObjectFormatException)
            {
                // Refused.
            }

            foreach (NetlinkFlags flags in new[] { default, NetlinkFlags.AcknowledgeAttributes, NetlinkFlags.AcknowledgeAttributes | NetlinkFlags.Capped })
            {
                try
                {
                    _ = NetlinkVerdict.Read(new SpanReader(data, bigEndian: false, "test"), NetlinkType.Error, flags);
                }
                catch (BpfObjectFormatException)
                {
                    // Refused.
                }
            }
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("edffffff", 0, BpfErrno.ENODEV, null)] // before extended acknowledgements
    [InlineData("00000000 24000000 13000500 01000000 00000000", 0x100, BpfErrno.None, null)]
    [InlineData("f0ffffff 24000000 13000500 01000000 00000000 09000100 62757379 00000000", 0x300, BpfErrno.EBUSY, "busy")] // the request cut off
    [InlineData("f0ffffff 14000000 13000500 01000000 00000000 aaaaaaaa 08000200 00000000 08000100 6e6f0000", 0x200, BpfErrno.EBUSY, "no")] // the request repeated
    public void A_refusal_is_read_with_the_kernels_words(string hex, int flags, BpfErrno error, string? words)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

        NetlinkVerdict verdict = NetlinkVerdict.Read(new SpanReader(bytes, bigEndian: false, "test"), NetlinkType.Error, (NetlinkFlags)flags);

        Assert.Equal(new NetlinkVerdict(error, words), verdict);
    }

    [Fact]
    public void A_message_that_outgrows_its_buffer_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() =>
        {
            var message = new NetlinkMessage(new byte[24], NetlinkType.GetLink, default);
            message.Attribute(1, 0ul);
        });
    }

    [Theory]
    [InlineData("05000200 01000000 08000400 2a000000", 42u, 0u, 0u)] // before 4.19: one id beside its mode
    [InlineData("05000200 02000000 08000400 2a000000 08000600 2a000000", 0u, 42u, 0u)]
    [InlineData("05000200 04000000 08000500 2a000000 08000700 2b000000", 42u, 0u, 43u)] // several at once
    [InlineData("05000200 00000000", 0u, 0u, 0u)]
    public void The_programs_on_an_interface_are_told_by_mode(string hex, uint native, uint generic, uint offloaded)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

        XdpState state = XdpState.Read(new SpanReader(bytes, bigEndian: false, "IFLA_XDP"));

        Assert.Equal(new XdpState(native, generic, offloaded), state);
    }

    /// <summary>What is left of a text after a journey through UTF-8.</summary>
    private static string WellFormed(string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}

using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Symbols;

public class KernelSymbolTests
{
    [Fact]
    public void Every_address_belongs_to_the_symbol_before_it()
    {
        Prop.ForAll(Gen.Choose(0, 4000).ListOf().ToArbitrary(), Gen.Choose(0, 5000).ListOf().ToArbitrary(), (places, queries) =>
        {
            int[] starts = [.. places.Distinct()];
            var text = new StringBuilder();
            foreach (int start in starts)
            {
                text.Append(CultureInfo.InvariantCulture, $"{0xffffffff81000000 + (ulong)start:x16} T f{start}\n");
            }

            KernelSymbols symbols = KernelSymbols.Parse(Encoding.UTF8.GetBytes(text.ToString()));
            Assert.Equal(starts.Length, symbols.Count);
            foreach (int query in queries)
            {
                ulong address = 0xffffffff81000000 + (ulong)query;
                int[] before = [.. starts.Where(start => start <= query)];
                BpfStackFrame expected = before.Length == 0 ? new BpfStackFrame(address) : new BpfStackFrame(address, $"f{before.Max()}", (ulong)(query - before.Max()));
                Assert.Equal(expected, symbols.Resolve(address));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_text_is_read_without_complaint() =>
        Prop.ForAll(Gen.Elements("ffffffff81000000 T a\n", "0 ", "T", " ", "\n", "x", "[m]", "\t", "\r\n", "\u0000", "ü", "ffffffffffffffffff T b\n").ListOf().ToArbitrary(), parts =>
        {
            KernelSymbols symbols = KernelSymbols.Parse(Encoding.UTF8.GetBytes(string.Concat(parts)));
            Assert.Equal(0xffffffff81000001, symbols.Resolve(0xffffffff81000001).Address);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Modules_are_named_and_plain_names_preferred()
    {
        KernelSymbols symbols = KernelSymbols.Parse("""
            ffffffff81000000 T _stext
            ffffffff81000000 t start_here
            ffffffff81000000 T begin
            ffffffffc0001000 t nf_conntrack_in	[nf_conntrack]
            ffffffffc0002000 t bpf_prog_6deef7357e7b4530_visit	[bpf]
            """u8.ToArray());

        Assert.Equal(new BpfStackFrame(0xffffffff81000004, "begin", 4), symbols.Resolve(0xffffffff81000004));
        Assert.Equal(new BpfStackFrame(0xffffffffc0001010, "nf_conntrack_in", 16, "nf_conntrack"), symbols.Resolve(0xffffffffc0001010));
        Assert.Equal("nf_conntrack_in+0x10 (nf_conntrack)", symbols.Resolve(0xffffffffc0001010).ToString());
        Assert.Null(symbols.Resolve(0xffffffffffffffff).Symbol); // Far behind the last.
        Assert.Null(symbols.Resolve(0x1000).Symbol);
        Assert.False(symbols.AreAddressesHidden);
    }

    [Fact]
    public void Hidden_addresses_are_noticed()
    {
        KernelSymbols symbols = KernelSymbols.Parse("0000000000000000 T _text\n0000000000000000 T begin\n"u8.ToArray());

        Assert.True(symbols.AreAddressesHidden);
        Assert.Equal(0, symbols.Count);
        Assert.Null(symbols.Resolve(0x10).Symbol);
    }
}

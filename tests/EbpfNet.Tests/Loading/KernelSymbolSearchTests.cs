using System.Text;
using EbpfNet.Loading;
using EbpfNet.Objects;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Loading;

/// <summary>Addresses of symbols in text of the form of <c>/proc/kallsyms</c>.</summary>
public class KernelSymbolSearchTests
{
    private const string Text =
        """
        0000000000000000 A fixed_percpu_data
        ffffffff81000000 T _text
        ffffffff81000000 T _stext
        ffffffff81000100 t twice
        ffffffff81000200 t twice
        ffffffff81000300 t alias
        ffffffff81000300 t alias
        ffffffff82000000 d hashed.llvm.1234567890
        ffffffff82000100 D hashed_global.llvm.1
        ffffffff82000200 t function.llvm.2
        ffffffffc0000000 t in_module	[nf_conntrack]

        not a symbol
        ffffffff82000300 t
        ffffffff82000400 b last
        """;

    [Theory]
    [InlineData("_text", 0xffffffff81000000)]
    [InlineData("alias", 0xffffffff81000300)]
    [InlineData("hashed", 0xffffffff82000000)]
    [InlineData("hashed.llvm.1234567890", 0xffffffff82000000)]
    [InlineData("in_module", 0xffffffffc0000000)]
    [InlineData("last", 0xffffffff82000400)]
    [InlineData("fixed_percpu_data", 0)]
    public void A_symbol_is_found_by_its_name(string name, ulong address)
    {
        ResolvedExtern found = Find(Text, name);

        Assert.Equal((true, address, null), (found.IsFound, found.Address, found.Problem));
        Assert.True(found.Type.IsVoid);
    }

    [Theory]
    [InlineData("_tex")]
    [InlineData("_text2")]
    [InlineData("hashed_global")]
    [InlineData("function")]
    [InlineData("symbol")]
    public void What_is_not_there_is_a_problem_unless_it_is_weak(string name)
    {
        Assert.Contains("CONFIG_KALLSYMS_ALL", Find(Text, name).Problem, StringComparison.Ordinal);
        Assert.Equal(new ResolvedExtern(), Find(Text, name, isWeak: true));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_name_with_two_addresses_is_ambiguous_even_for_who_asks_weakly(bool isWeak)
    {
        string? problem = Find(Text, "twice", isWeak).Problem;

        Assert.Contains("0xffffffff81000100", problem, StringComparison.Ordinal);
        Assert.Contains("0xffffffff81000200", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Hidden_addresses_are_a_problem_that_says_so_and_names_are_known_all_the_same()
    {
        const string Hidden = "0000000000000000 T _text\n0000000000000000 t twice\n0000000000000000 t twice\n";

        Assert.Contains("kptr_restrict", Find(Hidden, "_text").Problem, StringComparison.Ordinal);
        Assert.Equal(new ResolvedExtern(), Find(Hidden, "_text", isWeak: true));
        Assert.True(KernelSymbolSearch.Find(Open(Hidden), ["twice"]).Knows("twice"));
    }

    [Fact]
    public void Without_any_symbols_the_file_is_the_problem() =>
        Assert.Contains("CONFIG_KALLSYMS", Find("", "_text").Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_list_that_cannot_be_read_says_nothing_of_what_is_there_even_for_who_asks_weakly(bool isWeak) =>
        Assert.Contains(
            "cannot be read: Too many open files",
            KernelSymbolSearch.Unreadable("Too many open files.").Resolve(new BpfExtern("_text", BpfExternKind.UntypedKernelSymbol, isWeak, default)).Problem,
            StringComparison.Ordinal);

    [Fact]
    public void Lines_are_found_wherever_the_text_is_cut_into_blocks() =>
        Prop.ForAll(
            (from lines in Gen.Choose(1, 6000)
             from at in Gen.Choose(0, lines - 1)
             from piece in Gen.Choose(1, 100_000)
             select (lines, at, piece)).ToArbitrary(),
            sample =>
            {
                (int lines, int at, int piece) = sample;
                var text = new StringBuilder();
                for (int i = 0; i < lines; i++)
                {
                    text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{0xffffffff81000000 + (ulong)i:x16} t symbol_{i}{new string('x', i % 50)}\n");
                }

                using var stream = new Pieces(Encoding.ASCII.GetBytes(text.ToString()), piece);
                string name = $"symbol_{at}{new string('x', at % 50)}";
                return KernelSymbolSearch.Find(stream, [name, "missing"]) is { } found
                    && found.AddressOf(name) is { Other: null } one && one.First == 0xffffffff81000000 + (ulong)at
                    && found.AddressOf("missing") is null;
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_line_without_an_end_is_passed_over()
    {
        string text = new string('x', 1 << 18) + "\nffffffff81000000 T _text\n";

        Assert.Equal(0xffffffff81000000, Find(text, "_text").Address);
    }

    private static ResolvedExtern Find(string text, string name, bool isWeak = false) =>
        KernelSymbolSearch.Find(Open(text), [name]).Resolve(new BpfExtern(name, BpfExternKind.UntypedKernelSymbol, isWeak, default));

    private static MemoryStream Open(string text) => new(Encoding.ASCII.GetBytes(text));

    /// <summary>Gives its bytes in pieces, as the kernel does.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, size));
    }
}

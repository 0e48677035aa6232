using EbpfNet.Loading;
using EbpfNet.Objects;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Loading;

/// <summary>Which values options of the kernel's configuration may have, by the types that programs declare them with.</summary>
public class KernelOptionValueTests
{
    [Theory]
    [InlineData("bool", "y", "01")]
    [InlineData("bool", "n", "00")]
    [InlineData("tristate", "n", "00000000")]
    [InlineData("tristate", "y", "01000000")]
    [InlineData("tristate", "m", "02000000")]
    [InlineData("char", "m", "6d")]
    [InlineData("char", "y", "79")]
    [InlineData("char", "0x58", "58")]
    [InlineData("char", "-128", "80")]
    [InlineData("u8", "255", "ff")]
    [InlineData("s16", "-32768", "0080")]
    [InlineData("s16", "32767", "ff7f")]
    [InlineData("u16", "65535", "ffff")]
    [InlineData("s32", "-2147483648", "00000080")]
    [InlineData("u32", "4294967295", "ffffffff")]
    [InlineData("u32", "0x10", "10000000")]
    [InlineData("u32", "010", "08000000")]
    [InlineData("u32", "+7", "07000000")]
    [InlineData("u32", "0", "00000000")]
    [InlineData("s64", "-1", "ffffffffffffffff")]
    [InlineData("u64", "18446744073709551615", "ffffffffffffffff")]
    [InlineData("u64", "0xDEAD000000000000", "000000000000adde")]
    [InlineData("u64", "01777777777777777777777", "ffffffffffffffff")]
    [InlineData("u64", "-1", "ffffffffffffffff")] // As strtoull has it.
    [InlineData("text", "\"\"", "00000000")]
    [InlineData("text", "\"ab\"", "61620000")]
    [InlineData("text", "\"abc\"", "61626300")]
    [InlineData("text", "\"abcdef\"", "61626300")]
    [InlineData("text", "\"a\"b\"", "61226200")]
    public void A_value_that_fits_is_stored_as_C_has_it(string type, string value, string expected)
    {
        KernelOptionFormat format = FormatOf(type);
        byte[] stored = [.. Enumerable.Repeat((byte)0xaa, (int)format.Size)];

        Assert.Null(KernelOptionValue.Write(value, format, stored));

        Assert.Equal(expected, Convert.ToHexStringLower(stored));
    }

    [Theory]
    [InlineData("bool", "m", "_Bool")]
    [InlineData("bool", "1", "_Bool")]
    [InlineData("bool", "\"y\"", "_Bool")]
    [InlineData("tristate", "1", "libbpf_tristate")]
    [InlineData("tristate", "M", "neither")]
    [InlineData("char", "q", "neither")]
    [InlineData("char", "\"q\"", "single character")]
    [InlineData("char", "128", "does not fit")]
    [InlineData("u8", "256", "does not fit")]
    [InlineData("u8", "-1", "does not fit")]
    [InlineData("s16", "32768", "does not fit")]
    [InlineData("s16", "-32769", "does not fit")]
    [InlineData("u16", "65536", "does not fit")]
    [InlineData("s32", "0x80000000", "does not fit")]
    [InlineData("u32", "4294967296", "does not fit")]
    [InlineData("u64", "18446744073709551616", "neither")]
    [InlineData("u64", "02000000000000000000000", "neither")]
    [InlineData("u32", "y", "unsigned integer of 4 bytes")]
    [InlineData("u32", "\"1\"", "unsigned integer of 4 bytes")]
    [InlineData("u32", "12x", "neither")]
    [InlineData("u32", "0x", "neither")]
    [InlineData("u32", "08", "neither")]
    [InlineData("u32", "-", "neither")]
    [InlineData("u32", "yes", "neither")]
    [InlineData("text", "y", "4 characters")]
    [InlineData("text", "12", "4 characters")]
    [InlineData("text", "\"abc", "quotation mark")]
    [InlineData("text", "\"", "quotation mark")]
    public void A_value_of_another_type_is_refused_with_both_named_and_nothing_is_stored(string type, string value, string reason)
    {
        KernelOptionFormat format = FormatOf(type);
        byte[] stored = [.. Enumerable.Repeat((byte)0xaa, (int)format.Size)];

        string? problem = KernelOptionValue.Write(value, format, stored);

        Assert.Contains(value, problem, StringComparison.Ordinal);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
        Assert.All(stored, one => Assert.Equal(0xaa, one));
    }

    [Theory]
    [InlineData("bool", 1, true)]
    [InlineData("bool", 2, false)]
    [InlineData("u16", 65536, false)]
    [InlineData("u32", 65536, true)]
    [InlineData("text", 1, false)]
    [InlineData("tristate", 1, false)]
    public void A_fact_is_a_number_or_a_bool(string type, ulong fact, bool fits)
    {
        KernelOptionFormat format = FormatOf(type);
        Assert.Equal(fits, KernelOptionValue.WriteNumber(fact, format, new byte[format.Size]) is null);
    }

    [Fact]
    public void Any_number_is_stored_exactly_when_its_type_holds_it() =>
        Prop.ForAll(
            (from signed in ArbMap.Default.GeneratorFor<bool>()
             from size in Gen.Elements(1u, 2u, 4u, 8u)
             from bits in Gen.Choose(0, 64)
             from raw in ArbMap.Default.GeneratorFor<ulong>()
             from negative in ArbMap.Default.GeneratorFor<bool>()
             select (signed, size, number: (negative ? -1 : 1) * ((Int128)raw >> (64 - bits)))).ToArbitrary(),
            sample =>
            {
                (bool signed, uint size, Int128 number) = sample;
                if (number < long.MinValue || (size == 8 && !signed && number < 0) || (size == 8 && signed && number > long.MaxValue))
                {
                    return true; // Beyond 64 bits, and where both readings are the same bits.
                }

                int bits = (int)size * 8;
                (Int128 low, Int128 high) = signed ? (-(Int128.One << (bits - 1)), (Int128.One << (bits - 1)) - 1) : (0, (Int128.One << bits) - 1);
                byte[] stored = new byte[size];
                var format = new KernelOptionFormat(size == 1 ? KernelOptionKind.Character : KernelOptionKind.Integer, size, size, signed);
                string? problem = KernelOptionValue.Write(number.ToString(System.Globalization.CultureInfo.InvariantCulture), format, stored);
                Int128 read = 0;
                foreach (byte one in stored.Reverse())
                {
                    read = (read << 8) | one;
                }

                return problem is null == (number >= low && number <= high)
                    && (problem is not null || read == (number & ((Int128.One << bits) - 1)));
            }).QuickCheckThrowOnFailure();

    private static KernelOptionFormat FormatOf(string type) => type switch
    {
        "bool" => new KernelOptionFormat(KernelOptionKind.Boolean, 1, 1, false),
        "tristate" => new KernelOptionFormat(KernelOptionKind.Tristate, 4, 4, false),
        "char" => new KernelOptionFormat(KernelOptionKind.Character, 1, 1, true),
        "text" => new KernelOptionFormat(KernelOptionKind.Text, 4, 1, false),
        _ => Number(type[0] == 's', uint.Parse(type[1..], System.Globalization.CultureInfo.InvariantCulture) / 8),
    };

    private static KernelOptionFormat Number(bool signed, uint size) =>
        new(size == 1 ? KernelOptionKind.Character : KernelOptionKind.Integer, size, size, signed);
}

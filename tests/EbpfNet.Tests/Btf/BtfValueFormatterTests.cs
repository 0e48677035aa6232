using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using EbpfNet.Btf;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Btf;

/// <summary>Bytes shown as their type says what they are.</summary>
public class BtfValueFormatterTests
{
    private readonly BtfBuilder _types = new();
    private readonly BtfTypeId _int;
    private readonly BtfTypeId _byte;
    private readonly BtfTypeId _char;
    private readonly BtfTypeId _long;

    public BtfValueFormatterTests()
    {
        _int = _types.AddInt("int", 4, BtfIntEncoding.Signed);
        _byte = _types.AddInt("unsigned char", 1);
        _char = _types.AddInt("char", 1, BtfIntEncoding.Signed);
        _long = _types.AddInt("unsigned long long", 8);
    }

    [Fact]
    public void A_struct_is_shown_by_member_with_anonymous_ones_in_their_place()
    {
        BtfTypeId low = _types.AddStruct("", 8, new BtfMember("a", _int, 0), new BtfMember("b", _int, 32));
        BtfTypeId either = _types.AddUnion("", 8, new BtfMember("whole", _long, 0), new BtfMember("", low, 0));
        BtfTypeId inner = _types.AddStruct("inner", 4, new BtfMember("port", _int, 0));
        BtfTypeId outer = _types.AddStruct("outer", 16, new BtfMember("", either, 0), new BtfMember("nested", inner, 64), new BtfMember("", _int, 96, 8));
        byte[] value = [1, 0, 0, 0, 2, 0, 0, 0, 80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];

        Assert.Equal("{ whole = 8589934593, a = 1, b = 2, nested = { port = 80 } }", Text(outer, value));
        Assert.Equal("""{"whole":8589934593,"a":1,"b":2,"nested":{"port":80}}""", Json(outer, value));
    }

    [Fact]
    public void Char_arrays_are_text_and_what_is_no_text_is_numbers()
    {
        BtfTypeId name = _types.AddArray(_char, _int, 6);
        BtfTypeId bytes = _types.AddArray(_byte, _int, 3);

        Assert.Equal("\"dotnet\"", Text(name, "dotnet"u8));
        Assert.Equal("\"a \\\"b\"", Text(name, "a \"b\0\0"u8));
        Assert.Equal("\"\"", Text(name, new byte[6]));
        Assert.Equal("\"a\\tb\\nc\"", Text(name, "a\tb\nc\0"u8));
        Assert.Equal("[ 'a', 0, 'b', 0, 0, -1 ]", Text(name, [(byte)'a', 0, (byte)'b', 0, 0, 0xff]));
        Assert.Equal("[97,0,98,0,0,-1]", Json(name, [(byte)'a', 0, (byte)'b', 0, 0, 0xff]));
        Assert.Equal("[ 1, 2, 3 ]", Text(bytes, [1, 2, 3]));
    }

    [Fact]
    public void Enums_are_named_where_they_have_a_name()
    {
        BtfTypeId color = _types.AddEnum("color", 4, false, new BtfEnumerator("RED", 1), new BtfEnumerator("UNTOLD", 0xfffffffe));
        BtfTypeId wide = _types.AddEnum64("wide", 8, true, new BtfEnumerator("LOW", -5));

        Assert.Equal("RED", Text(color, [1, 0, 0, 0]));
        Assert.Equal("\"UNTOLD\"", Json(color, [0xfe, 0xff, 0xff, 0xff]));
        Assert.Equal("7", Text(color, [7, 0, 0, 0]));
        byte[] five = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(five, -5);
        Assert.Equal("LOW", Text(wide, five));
        BinaryPrimitives.WriteInt64LittleEndian(five, -6);
        Assert.Equal("-6", Json(wide, five));
    }

    [Fact]
    public void Pointers_booleans_reals_and_wide_numbers_have_forms_of_their_own()
    {
        BtfTypeId pointer = _types.AddPointer(_int);
        BtfTypeId yes = _types.AddInt("_Bool", 1, BtfIntEncoding.Bool);
        BtfTypeId real = _types.AddFloat("double", 8);
        BtfTypeId wide = _types.AddInt("unsigned __int128", 16);
        BtfTypeId unknown = _types.AddForward("secret");
        byte[] half = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(half, 0.5);
        byte[] huge = new byte[16];
        huge[15] = 0x80;

        Assert.Equal("0xffff", Text(pointer, [0xff, 0xff, 0, 0, 0, 0, 0, 0]));
        Assert.Equal("\"0xffff\"", Json(pointer, [0xff, 0xff, 0, 0, 0, 0, 0, 0]));
        Assert.Equal("true", Json(yes, [1]));
        Assert.Equal("0.5", Text(real, half));
        Assert.Equal("\"0x80000000000000000000000000000000\"", Json(wide, huge));
        Assert.Equal("0x0102", Text(unknown, [1, 2]));
    }

    [Fact]
    public void Global_variables_are_the_members_of_their_section()
    {
        BtfTypeId variable = _types.Add(new BtfVariable("hits", _long, BtfVariableLinkage.Global));
        BtfTypeId section = _types.Add(new BtfDataSection(".bss", 16, new BtfSectionEntry(variable, 8, 8)));
        byte[] value = new byte[16];
        value[8] = 3;

        Assert.Equal("{ hits = 3 }", Text(section, value));
    }

    [Fact]
    public void A_value_that_is_too_short_is_refused() =>
        Assert.Contains("has 8 bytes, and the value 7", Assert.Throws<BpfObjectFormatException>(() => Text(_long, new byte[7])).Message, StringComparison.Ordinal);

    [Fact]
    public void An_enumerator_without_a_name_is_its_number()
    {
        BtfTypeId nameless = _types.AddEnum("nameless", 4, isSigned: false, new BtfEnumerator("", 7));

        Assert.Equal("7", Text(nameless, [7, 0, 0, 0]));
    }

    [Fact]
    public void Unions_that_multiply_come_to_an_end()
    {
        BtfTypeId at = _long;
        for (int i = 0; i < 40; i++)
        {
            at = _types.AddUnion($"u{i}", 8, new BtfMember("left", at, 0), new BtfMember("right", at, 0));
        }

        Assert.Contains("parts", Assert.Throws<BpfObjectFormatException>(() => Text(at, new byte[8])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_the_types_are_there_is_a_text_or_a_complaint_and_the_JSON_is_well_formed() => Prop.ForAll(
        (from types in BtfGenerators.Graph()
         from big in Gen.Elements(true, false)
         from length in Gen.Choose(0, 300)
         from value in Gen.Choose(0, 255).Select(number => (byte)number).ArrayOf(length)
         select (types, big, value)).ToArbitrary(),
        given =>
        {
            BtfSpec spec = BtfGenerators.Build(given.types, given.big).ToSpec();
            for (uint id = 0; id < (uint)spec.TypeCount; id++)
            {
                try
                {
                    Assert.NotEmpty(BtfValueFormatter.Format(spec, new BtfTypeId(id), given.value));
                    using JsonDocument document = JsonDocument.Parse(Json(spec, new BtfTypeId(id), given.value));
                }
                catch (BpfObjectFormatException)
                {
                    // Types that contradict themselves, or are longer than the value.
                }
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_numbers_of_a_struct_put_back_give_its_bytes() => Prop.ForAll(
        (from members in (from bits in Gen.Choose(1, 64) from isBitfield in Gen.Elements(true, false) from signed in Gen.Elements(true, false) select (bits, isBitfield, signed)).NonEmptyListOf()
         from big in Gen.Elements(true, false)
         from seed in Gen.Choose(0, int.MaxValue)
         select (members, big, seed)).ToArbitrary(),
        given =>
        {
            BtfBuilder types = new(given.big);
            BtfTypeId[] signed = [.. Sizes.Select(size => types.AddInt($"s{size}", size, BtfIntEncoding.Signed))];
            BtfTypeId[] unsigned = [.. Sizes.Select(size => types.AddInt($"u{size}", size))];
            List<BtfMember> members = [];
            List<int> widths = [];
            uint at = 0;
            foreach ((int bits, bool isBitfield, bool isSigned) in given.members)
            {
                int place = isBitfield ? 3 : bits % Sizes.Length;
                int width = isBitfield ? bits : (int)Sizes[place] * 8;
                at = isBitfield ? at : (at + 7) / 8 * 8;
                members.Add(new BtfMember($"m{members.Count}", (isSigned ? signed : unsigned)[place], at, (byte)(isBitfield ? width : 0)));
                widths.Add(width);
                at += (uint)width;
            }

            uint size = (at + 7) / 8;
            BtfTypeId type = types.AddStruct("all", size, [.. members]);
            byte[] value = new byte[size];
            new System.Random(given.seed).NextBytes(value);
            using JsonDocument document = JsonDocument.Parse(Json(types.ToSpec(), type, value));

            byte[] back = new byte[size];
            byte[] covered = new byte[size];
            for (int i = 0; i < members.Count; i++)
            {
                JsonElement number = document.RootElement.GetProperty($"m{i}");
                ulong bits = number.TryGetUInt64(out ulong positive) ? positive : (ulong)number.GetInt64();
                Put(back, members[i].BitOffset, widths[i], bits, given.big);
                Put(covered, members[i].BitOffset, widths[i], ulong.MaxValue, given.big);
            }

            Assert.Equal(value.Zip(covered, (have, mask) => (byte)(have & mask)), back);
        }).QuickCheckThrowOnFailure();

    private static readonly uint[] Sizes = [1, 2, 4, 8];

    /// <summary>As C stores it: from the lowest bit of the first byte on, or, most significant first, from its highest.</summary>
    private static void Put(byte[] to, uint start, int width, ulong bits, bool big)
    {
        for (int i = 0; i < width; i++)
        {
            uint at = start + (uint)i;
            ulong bit = (bits >> (big ? width - 1 - i : i)) & 1;
            to[at / 8] |= (byte)(bit << (int)(big ? 7 - (at % 8) : at % 8));
        }
    }

    private string Text(BtfTypeId type, ReadOnlySpan<byte> value) => BtfValueFormatter.Format(_types.ToSpec(), type, value);

    private string Json(BtfTypeId type, ReadOnlySpan<byte> value) => Json(_types.ToSpec(), type, value);

    private static string Json(BtfSpec spec, BtfTypeId type, ReadOnlySpan<byte> value)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes))
        {
            BtfValueFormatter.WriteJson(spec, type, value, writer);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}

using EbpfNet.Btf;
using EbpfNet.Elf;
using EbpfNet.Tests.Architecture;

namespace EbpfNet.Tests.Btf;

/// <summary>What can be asked of types, on what clang made of <c>tests/bpf/btf_kinds.bpf.c</c> and <c>layouts.bpf.c</c>.</summary>
public class BtfTypeQueryTests
{
    private static readonly BtfSpec Kinds = Read("btf_kinds");
    private static readonly BtfSpec Layouts = Read("layouts");

    [Fact]
    public void A_function_is_found_however_often_one_is_looked_for()
    {
        var builder = new BtfBuilder();
        BtfTypeId prototype = builder.AddFunctionPrototype(default, false);
        BtfTypeId first = builder.AddFunction("work", prototype, BtfFunctionLinkage.Static);
        builder.AddStruct("work", 0);
        builder.AddFunction("work_more", prototype, BtfFunctionLinkage.Static);
        BtfTypeId second = builder.AddFunction("work", prototype, BtfFunctionLinkage.Global);
        BtfSpec spec = builder.ToSpec();

        // The first searches do without the index that the later ones use.
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal([first, second], spec.FindIds("work", BtfKind.Function.ToSet()));
            Assert.Empty(spec.FindIds("wor", BtfKind.Function.ToSet()));
        }
    }

    [Fact]
    public void All_nineteen_kinds_are_read_from_a_compilers_output() =>
        Assert.Equal(Enum.GetValues<BtfKind>().Except([BtfKind.Void]), Kinds.OwnTypes.Select(type => type.Kind).Distinct().Order());

    [Theory]
    [InlineData("number", "int number")]
    [InlineData("truth", "_Bool truth")]
    [InlineData("array", "int array[3]")]
    [InlineData("matrix", "int matrix[2][3]")]
    [InlineData("pointer", "char *pointer")]
    [InlineData("const_pointer", "const char *const_pointer")]
    [InlineData("volatile_pointer", "volatile int *volatile_pointer")]
    [InlineData("const_volatile_pointer", "const volatile struct list *const_volatile_pointer")]
    [InlineData("restricted", "int *restrict restricted")]
    [InlineData("nothing", "void *nothing")]
    [InlineData("tagged_pointer", "int *tagged_pointer")]
    [InlineData("id", "identifier id")]
    [InlineData("small", "enum small small")]
    [InlineData("either", "union either either")]
    [InlineData("forward", "struct declared_only *forward")]
    [InlineData("forward_union", "union declared_only_union *forward_union")]
    [InlineData("flexible", "int flexible[0]")]
    public void Members_are_described_as_c_declares_them(string name, string declaration)
    {
        BtfField field = Field(Kinds, "everything", name);
        Assert.Equal(declaration, Kinds.Describe(field.Type, name));
    }

    [Fact]
    public void Types_are_described_as_c_writes_them()
    {
        var builder = new BtfBuilder();
        BtfTypeId integer = builder.AddInt("unsigned int", 4);
        BtfTypeId character = builder.AddInt("char", 1, BtfIntEncoding.Signed);
        BtfTypeId text = builder.AddPointer(builder.AddConst(character));
        BtfTypeId array = builder.AddArray(integer, integer, 4);
        BtfTypeId texts = builder.AddArray(text, integer, 2);
        BtfTypeId toArray = builder.AddPointer(array);
        BtfTypeId prototype = builder.AddFunctionPrototype(integer, true, new BtfParameter("format", text), new BtfParameter("", toArray));
        BtfTypeId callback = builder.AddPointer(prototype);
        BtfTypeId callbacks = builder.AddArray(callback, integer, 3);
        BtfTypeId nothing = builder.AddFunctionPrototype(BtfTypeId.Void, false);
        BtfTypeId returnsCallback = builder.AddFunctionPrototype(callback, false);
        BtfTypeId fixedPointer = builder.AddConst(builder.AddPointer(builder.AddConst(builder.AddPointer(integer))));
        BtfTypeId function = builder.AddFunction("print", prototype, BtfFunctionLinkage.Global);
        BtfTypeId variable = builder.AddVariable("table", callbacks, BtfVariableLinkage.Static);
        BtfTypeId anonymous = builder.AddPointer(builder.AddStruct("", 0));
        BtfTypeId variadic = builder.AddFunctionPrototype(BtfTypeId.Void, true);
        BtfSpec spec = builder.ToSpec();

        Assert.Equal("void", spec.Describe(BtfTypeId.Void));
        Assert.Equal("const char *", spec.Describe(text));
        Assert.Equal("unsigned int[4]", spec.Describe(array));
        Assert.Equal("const char *[2]", spec.Describe(texts));
        Assert.Equal("unsigned int (*)[4]", spec.Describe(toArray));
        Assert.Equal("unsigned int (*)(const char *format, unsigned int (*)[4], ...)", spec.Describe(callback));
        Assert.Equal("unsigned int (*[3])(const char *format, unsigned int (*)[4], ...)", spec.Describe(callbacks));
        Assert.Equal("void (void)", spec.Describe(nothing));
        Assert.Equal("void (...)", spec.Describe(variadic));
        Assert.Equal("unsigned int (*(void))(const char *format, unsigned int (*)[4], ...)", spec.Describe(returnsCallback));
        Assert.Equal("unsigned int *const *const", spec.Describe(fixedPointer));
        Assert.Equal("unsigned int print(const char *format, unsigned int (*)[4], ...)", spec.Describe(function));
        Assert.Equal("unsigned int (*table[3])(const char *format, unsigned int (*)[4], ...)", spec.Describe(variable));
        Assert.Equal("struct <anonymous> *", spec.Describe(anonymous));
    }

    [Theory]
    [InlineData("wide", 8, 8)]
    [InlineData("very_wide", 16, 16)]
    [InlineData("precise", 8, 8)]
    [InlineData("array", 12, 4)]
    [InlineData("matrix", 24, 4)]
    [InlineData("const_volatile_pointer", 8, 8)]
    [InlineData("id", 4, 4)]
    [InlineData("function_pointer", 8, 8)]
    [InlineData("small", 4, 4)]
    [InlineData("large", 8, 8)]
    [InlineData("either", 4, 4)]
    [InlineData("list", 16, 8)]
    [InlineData("flexible", 0, 4)]
    public void Sizes_and_alignments_are_the_compilers(string name, uint size, int alignment)
    {
        BtfTypeId type = Field(Kinds, "everything", name).Type;
        Assert.Equal(size, Kinds.SizeOf(type));
        Assert.Equal(alignment, Kinds.AlignmentOf(type));
    }

    [Theory]
    [InlineData("inner", 8, 4)]
    [InlineData("scalars", 40, 8)]
    [InlineData("packed", 7, 1)]
    [InlineData("nested", 40, 8)]
    public void Structs_have_the_alignment_of_their_members_unless_they_are_packed(string name, uint size, int alignment)
    {
        Assert.True(Layouts.TryFind(name, out BtfStruct? type));
        Assert.Equal(size, Layouts.SizeOf(type.Id));
        Assert.Equal(alignment, Layouts.AlignmentOf(type.Id));
    }

    [Fact]
    public void Types_without_a_size_say_so()
    {
        Assert.True(Kinds.TryFind("declared_only", out BtfForward? forward));
        Assert.False(Kinds.TrySizeOf(forward.Id, out _));
        var e = Assert.Throws<BpfObjectFormatException>(() => Kinds.SizeOf(forward.Id));
        Assert.Contains("struct declared_only", e.Message);
        Assert.Equal(".BTF", e.Section);
        Assert.False(Kinds.TrySizeOf(BtfTypeId.Void, out _));
    }

    [Fact]
    public void Fields_of_anonymous_structs_and_unions_count_as_fields_of_the_outermost()
    {
        Assert.True(Layouts.TryFind("nested", out BtfStruct? nested));
        Assert.Equal(
            ["first@0", "a@8", "b@12", "ipv4@16", "ipv6@16", "named@32"],
            Layouts.EnumerateFields(nested.Id).Select(field => $"{field.Name}@{field.ByteOffset}"));
        Assert.True(Layouts.TryFindField(nested.Id, "ipv6", out BtfField ipv6));
        Assert.Equal("union <anonymous>", Layouts.Describe(ipv6.Parent));
        Assert.False(Layouts.TryFindField(nested.Id, "low", out _));
        Assert.Contains("neither a struct nor a union", Assert.Throws<BpfObjectFormatException>(() => Layouts.EnumerateFields(ipv6.Type)).Message);
    }

    [Fact]
    public void Fields_are_found_behind_typedefs_and_qualifiers()
    {
        var builder = new BtfBuilder();
        BtfTypeId integer = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        BtfTypeId inner = builder.AddStruct("", 8, new BtfMember("x", integer, 0), new BtfMember("y", integer, 32));
        BtfTypeId outer = builder.AddStruct("outer", 12, new BtfMember("a", integer, 0), new BtfMember("", builder.AddConst(inner), 32), new BtfMember("", integer, 96));
        BtfTypeId alias = builder.AddConst(builder.AddTypedef("outer_t", builder.AddTypeTag("tag", outer)));
        BtfSpec spec = builder.ToSpec();
        Assert.Equal(outer, spec.SkipModifiers(alias));
        Assert.Equal(["a@0", "x@4", "y@8"], spec.EnumerateFields(alias).Select(field => $"{field.Name}@{field.ByteOffset}"));
    }

    [Fact]
    public void Bit_fields_tell_their_first_bit_and_width()
    {
        Assert.True(Layouts.TryFind("bitfields", out BtfStruct? type));
        Assert.Equal(
            ["three@0:3", "five@3:5", "sixteen@16:16", "signed_four@32:4", "wide@64:40"],
            Layouts.EnumerateFields(type.Id).Select(field => $"{field.Name}@{field.BitOffset}:{field.BitfieldSize}"));
    }

    [Fact]
    public void Bit_fields_described_by_their_integer_are_understood()
    {
        var builder = new BtfBuilder();
        BtfTypeId five = builder.Add(new BtfInt("int", 4, BtfIntEncoding.Signed, bitOffset: 3, bits: 5));
        BtfTypeId type = builder.AddStruct("old", 8, new BtfMember("field", five, 32));
        BtfField field = Assert.Single(builder.ToSpec().EnumerateFields(type));
        Assert.Equal((35u, (byte)5), (field.BitOffset, field.BitfieldSize));
    }

    [Fact]
    public void Values_of_enums_keep_their_sign()
    {
        Assert.Equal([-1, 0, 10], Values<BtfEnum>("small"));
        Assert.Equal([1, -1], Values<BtfEnum64>("large"));
        Assert.Equal([-0x7fffffffffffffff, 0x7fffffffffffffff], Values<BtfEnum64>("large_signed"));
        Assert.True(Kinds.TryFind("large", out BtfEnum64? large));
        Assert.Equal(ulong.MaxValue, large.Enumerators[1].UnsignedValue);

        static IEnumerable<long> Values<T>(string name)
            where T : BtfEnumeration
        {
            Assert.True(Kinds.TryFind(name, out T? type));
            return type.Enumerators.Select(enumerator => enumerator.Value);
        }
    }

    [Fact]
    public void Tags_say_what_they_are_on()
    {
        string[] tags = [.. Kinds.OwnTypes.OfType<BtfDeclTag>().Select(tag => $"{tag.Value}: {Kinds[tag.Target].Name} {tag.ComponentIndex}")];
        Assert.Contains("a struct tag: everything -1", tags);
        Assert.Contains("an argument tag: tagged_function 1", tags);
        Assert.Contains("a variable tag: tagged_variable -1", tags);
        Assert.True(Kinds.TryFind("everything", out BtfStruct? everything));
        BtfDeclTag onMember = Assert.Single(Kinds.OwnTypes.OfType<BtfDeclTag>(), tag => tag.Value == "a member tag");
        Assert.Equal("tagged_member", everything.Members[onMember.ComponentIndex].Name);
    }

    [Fact]
    public void Both_byte_orders_of_one_source_give_the_same_types()
    {
        BtfSpec little = Read("endian_little");
        BtfSpec big = Read("endian_big");
        Assert.False(little.IsBigEndian);
        Assert.True(big.IsBigEndian);
        Assert.Equal(BtfDump.Lines(little), BtfDump.Lines(big));
    }

    [Fact]
    public void Kinds_that_only_the_layout_section_knows_are_stepped_over()
    {
        // The header of 2026: a layout section of four bytes per kind, here for kinds 0 to 20, of which only 20 matters.
        byte[] plain = new BtfLiteral().Type("odd", 20, 2, 0, 0xAAAAAAAA, 1, 2, 3, 4).Type("next", 16, 0, 8).ToArray();
        byte[] layout = [.. new byte[80], 4, 8, 0, 0];
        byte[] data = [.. plain[..24], .. BitConverter.GetBytes(plain.Length - 24), .. BitConverter.GetBytes(layout.Length), .. plain[24..], .. layout];
        data[4] = 32;
        BtfSpec spec = BtfSpec.Parse(data);
        Assert.Equal("odd", Assert.IsType<BtfOpaque>(spec[new BtfTypeId(1)]).Name);
        Assert.True(spec.TryFind("odd", out BtfOpaque? odd));
        Assert.Equal("type of kind 20", spec.Describe(odd.Id));
        Assert.True(spec.TryFind("next", out BtfFloat? _));
        Assert.Throws<BpfObjectFormatException>(() => BtfSpec.Parse(plain));
        Assert.Contains("kind 20", Assert.Throws<InvalidOperationException>(() => BtfBuilder.FromSpec(spec).ToArray()).Message);
    }

    internal static BtfSpec Read(string name) =>
        BtfSpec.Parse(ElfFile.Parse(File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, $"tests/bpf/{name}.bpf.o"))).FindSection(".BTF")!.Data);

    private static BtfField Field(BtfSpec spec, string type, string name)
    {
        Assert.True(spec.TryFind(type, out BtfComposite? composite));
        Assert.True(spec.TryFindField(composite.Id, name, out BtfField field));
        return field;
    }
}

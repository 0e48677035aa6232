using System.Text;
using EbpfNet.Btf;
using EbpfNet.Instructions;

namespace EbpfNet.Tests.Btf;

/// <summary>CO-RE on types that compilers do not make, or that other kernels have.</summary>
public class CoreCornerTests
{
    private static readonly BpfInstruction Zero = new(BpfOpcode.Alu(BpfInstructionClass.Alu64, BpfAluOperation.Mov, BpfSource.Immediate));

    [Theory]
    [InlineData("task_struct", "task_struct")]
    [InlineData("task_struct___old", "task_struct")]
    [InlineData("task_struct___a___b", "task_struct___a")]
    [InlineData("task____struct", "task____struct")]
    [InlineData("___task", "___task")]
    [InlineData("task___", "task___")]
    [InlineData("a___b", "a")]
    [InlineData("a___b____c", "a")]
    [InlineData("a___", "a___")]
    [InlineData("", "")]
    public void What_follows_three_underscores_is_no_part_of_a_name(string name, string essential) =>
        Assert.Equal(essential, Encoding.UTF8.GetString(CoreNames.Essential(Encoding.UTF8.GetBytes(name))));

    [Theory]
    [InlineData("")]
    [InlineData("0:")]
    [InlineData(":0")]
    [InlineData("0::1")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("0x1")]
    [InlineData("99999999999")]
    [InlineData("0:1")]
    [InlineData("0:0:0")]
    [InlineData("0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0")]
    [InlineData("2000000000:0")]
    public void An_access_that_makes_no_sense_is_malformed(string access)
    {
        BtfSpec local = OneField("thing", "a", 4);
        BpfObjectFormatException refused = Assert.Throws<BpfObjectFormatException>(() => Relocate(local, access, BtfCoreRelocationKind.FieldByteOffset, new CoreTarget(local)));
        Assert.Equal(".BTF.ext", refused.Section);
    }

    [Theory]
    [InlineData(BtfCoreRelocationKind.TypeSize, "1")]
    [InlineData(BtfCoreRelocationKind.TypeExists, "0:0")]
    [InlineData(BtfCoreRelocationKind.EnumeratorValue, "0")]
    public void An_access_that_does_not_fit_the_kind_of_question_is_malformed(BtfCoreRelocationKind kind, string access)
    {
        BtfSpec local = OneField("thing", "a", 4);
        Assert.Throws<BpfObjectFormatException>(() => Relocate(local, access, kind, new CoreTarget(local)));
    }

    [Fact]
    public void A_type_without_a_name_cannot_be_looked_for()
    {
        BtfSpec local = OneField("", "a", 4);
        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(() => Relocate(local, "0:0", BtfCoreRelocationKind.FieldExists, new CoreTarget(local)));
        Assert.Contains("no name", refused.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_instruction_that_does_not_hold_the_compilers_answer_is_refused()
    {
        BtfSpec local = OneField("thing", "a", 4);
        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(() => Relocate(local, "0:0", BtfCoreRelocationKind.FieldByteSize, new CoreTarget(local)));
        Assert.Equal("struct thing::a", refused.Symbol);
        Assert.Contains("damaged", refused.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x0f)] // r0 += r0
    [InlineData(0x95)] // exit
    [InlineData(0x18)] // a 64-bit constant without its second half
    [InlineData(0x20)] // a packet load
    public void An_instruction_that_has_no_place_for_an_answer_is_refused(byte opcode)
    {
        BtfSpec local = OneField("thing", "a", 4);
        BpfInstruction[] code = [new(new BpfOpcode(opcode))];
        BtfCoreRelocation relocation = new(0, Id(local), 0, "0:0", BtfCoreRelocationKind.FieldByteOffset);
        Assert.Throws<BpfRelocationException>(() => new CoreRelocator(local, new CoreTarget(local)).Relocate(code, 0, relocation, "p"));
    }

    [Fact]
    public void Pointers_of_a_32_bit_kernel_are_loaded_as_such()
    {
        var ours = new BtfBuilder();
        BtfTypeId pointer = ours.AddPointer(default);
        ours.AddStruct("thing", 8, new BtfMember("p", pointer, 0));
        var theirs = new BtfBuilder();
        theirs.AddInt("long int", 4, BtfIntEncoding.Signed);
        theirs.AddStruct("thing", 8, new BtfMember("p", theirs.AddPointer(default), 32));
        BpfInstruction[] code = [new(BpfOpcode.Memory(BpfInstructionClass.Ldx, BpfMode.Mem, BpfSize.DoubleWord), BpfRegister.R0, BpfRegister.R1)];
        BtfSpec local = ours.ToSpec();

        new CoreRelocator(local, new CoreTarget(theirs.ToSpec())).Relocate(code, 0, new BtfCoreRelocation(0, Id(local), 0, "0:0", BtfCoreRelocationKind.FieldByteOffset), "p");

        Assert.Equal("r0 = *(u32 *)(r1 +4)", code[0].ToString());
    }

    [Fact]
    public void Shifts_follow_the_targets_byte_order()
    {
        var builder = new BtfBuilder(bigEndian: true);
        BtfTypeId number = builder.AddInt("unsigned int", 4);
        builder.Add(new BtfStruct("thing", 4, new BtfMember("a", number, 3, 5)));
        BtfSpec local = builder.ToSpec();

        // A unit of 4 bytes starts in the upper half of the register, and 3 bits come before the field.
        Assert.Equal(32 + 3, Relocate(local, "0:0", BtfCoreRelocationKind.FieldLeftShift, new CoreTarget(local)));
    }

    [Fact]
    public void Modules_are_asked_only_for_what_the_kernel_lacks()
    {
        BtfSpec kernel = OneField("in_kernel", "a", 4);
        var builder = new BtfBuilder(baseSpec: kernel);
        builder.AddStruct("in_module", 12, new BtfMember("a", new BtfTypeId(1), 64));
        builder.AddStruct("in_kernel", 12, new BtfMember("a", new BtfTypeId(1), 64));
        var target = new CoreTarget(kernel, builder.ToSpec());

        Assert.Equal(0, Relocate(OneField("in_kernel", "a", 4), "0:0", BtfCoreRelocationKind.FieldByteOffset, target));
        Assert.Equal(0, target.TimesAskedForModules);
        Assert.Equal(8, Relocate(OneField("in_module", "a", 4), "0:0", BtfCoreRelocationKind.FieldByteOffset, target));
        Assert.Equal(1, target.TimesAskedForModules);
    }

    [Fact]
    public void What_the_object_knows_by_itself_needs_no_kernel()
    {
        BtfSpec local = OneField("thing", "a", 4);
        Assert.Equal((int)Id(local).Value, Relocate(local, "0", BtfCoreRelocationKind.TypeIdLocal, new NoTarget()));
    }

    [Fact]
    public void Types_that_could_be_walked_on_endlessly_many_paths_are_refused_in_time()
    {
        // Each anonymous union holds the next one twice: two to the sixtieth ways to look for a member that is nowhere.
        var builder = new BtfBuilder();
        BtfTypeId inner = builder.AddInt("int", 4);
        for (int i = 0; i < 60; i++)
        {
            inner = builder.Add(new BtfUnion("", 4, new BtfMember("", inner, 0), new BtfMember("", inner, 0)));
        }

        builder.Add(new BtfStruct("thing", 4, new BtfMember("", inner, 0)));
        Assert.Throws<BpfObjectFormatException>(() => Relocate(OneField("thing", "a", 4), "0:0", BtfCoreRelocationKind.FieldExists, new CoreTarget(builder.ToSpec())));
    }

    [Fact]
    public void A_kernels_struct_that_is_nested_deeper_than_an_access_may_be_long_is_refused()
    {
        var builder = new BtfBuilder();
        BtfTypeId inner = builder.AddInt("int", 4);
        for (int i = 0; i < 100; i++)
        {
            inner = builder.Add(new BtfStruct(i == 99 ? "thing" : "", 4, new BtfMember(i == 0 ? "a" : "", inner, 0)));
        }

        Assert.Throws<BpfObjectFormatException>(() => Relocate(OneField("thing", "a", 4), "0:0", BtfCoreRelocationKind.FieldExists, new CoreTarget(builder.ToSpec())));
    }

    [Fact]
    public void Comparing_types_that_hold_one_another_many_times_over_ends()
    {
        var builder = new BtfBuilder();
        BtfTypeId inner = builder.AddInt("int", 4);
        for (int i = 0; i < 25; i++)
        {
            inner = builder.Add(new BtfStruct("level" + i, 4, new BtfMember("x", inner, 0), new BtfMember("x", inner, 0), new BtfMember("y", inner, 0)));
        }

        // The innermost differs, so that every path is tried.
        var other = new BtfBuilder();
        BtfTypeId theirs = other.AddInt("int", 8);
        for (int i = 0; i < 25; i++)
        {
            theirs = other.Add(new BtfStruct("level" + i, 4, new BtfMember("x", theirs, 0), new BtfMember("x", theirs, 0), new BtfMember("y", theirs, 0)));
        }

        BtfSpec local = builder.ToSpec();
        BtfCoreRelocation relocation = new(0, inner, 0, "0", BtfCoreRelocationKind.TypeMatches);
        Assert.Throws<BpfObjectFormatException>(() => new CoreRelocator(local, new CoreTarget(other.ToSpec())).Relocate(new BpfInstruction[] { Zero }, 0, relocation, "p"));
    }

    [Fact]
    public void A_flavour_in_the_kernel_is_found_by_the_name_before_it()
    {
        Assert.Equal(0, Relocate(OneField("thing___mine", "a", 4), "0:0", BtfCoreRelocationKind.FieldByteOffset, new CoreTarget(OneField("thing___theirs", "a", 4))));
    }

    private static int Relocate(BtfSpec local, string access, BtfCoreRelocationKind kind, ICoreTarget target)
    {
        BpfInstruction[] code = [kind is BtfCoreRelocationKind.FieldExists ? Zero.WithImmediate(1) : Zero];
        new CoreRelocator(local, target).Relocate(code, 0, new BtfCoreRelocation(0, Id(local), 0, access, kind), "p");
        return code[0].Immediate;
    }

    private static BtfTypeId Id(BtfSpec local) => new((uint)local.TypeCount - 1);

    private static BtfSpec OneField(string name, string field, uint size)
    {
        var builder = new BtfBuilder();
        builder.AddStruct(name, size, new BtfMember(field, builder.AddInt("int", size), 0));
        return builder.ToSpec();
    }

    private sealed class NoTarget : ICoreTarget
    {
        public BtfSpec Kernel => throw new InvalidOperationException();

        public IReadOnlyList<BtfSpec> Modules => throw new InvalidOperationException();
    }
}

using EbpfNet.Btf;
using EbpfNet.Instructions;

namespace EbpfNet.Tests.Btf;

/// <summary>
/// Programs compiled against one layout, adapted to another (core_target). The numbers were compared with what libbpf 1.7 makes of the same files.
/// </summary>
public class CoreRelocationTests
{
    private const string Poison = "call helper#195896080";

    [Theory]
    [InlineData("offset", 28)]
    [InlineData("offset_nested", 76)]
    [InlineData("offset_far", 40000)]
    [InlineData("offset_element", 24)]
    [InlineData("offset_grid", 112)]
    [InlineData("offset_open", 262)]
    [InlineData("offset_anonymous", 12)]
    [InlineData("offset_nameless", 24)]
    [InlineData("offset_typedef", 8)]
    [InlineData("offset_flavour", 28)]
    [InlineData("offset_second", 28)]
    [InlineData("size", 4)]
    [InlineData("size_wider", 8)]
    [InlineData("size_array", 72)]
    [InlineData("size_element", 8)]
    [InlineData("size_struct", 8)]
    [InlineData("size_bits", 4)]
    [InlineData("exists", 1)]
    [InlineData("exists_missing", 0)]
    [InlineData("exists_another_kind", 0)]
    [InlineData("exists_anonymous", 1)]
    [InlineData("signed_int", 1)]
    [InlineData("signed_unsigned", 0)]
    [InlineData("signed_bits", 1)]
    [InlineData("left_shift", 32)]
    [InlineData("right_shift", 32)]
    [InlineData("left_shift_narrower", 56)]
    [InlineData("bits_offset", 8)]
    [InlineData("bits_left_shift", 50)]
    [InlineData("bits_right_shift", 53)]
    [InlineData("bits_signed_left_shift", 43)]
    [InlineData("bits_wide_left_shift", 24)]
    [InlineData("bits_to_plain", 32)]
    [InlineData("plain_to_bits", 59)]
    [InlineData("plain_to_bits_offset", 28)]
    public void A_question_about_a_field_is_answered_for_the_target(string program, int answer)
    {
        BpfInstruction[] code = CoreObjects.Relocate("core_fields", program);
        Assert.Equal([$"r0 = {answer}", "exit"], code.Select(instruction => instruction.ToString()));
    }

    [Theory]
    [InlineData("exists", 1)]
    [InlineData("exists_flavour", 1)]
    [InlineData("exists_absent", 0)]
    [InlineData("exists_union", 1)]
    [InlineData("exists_typedef", 1)]
    [InlineData("exists_enum", 1)]
    [InlineData("size", 88)]
    [InlineData("size_absent", 0)]
    [InlineData("size_enum", 8)]
    [InlineData("size_typedef", 16)]
    [InlineData("matches", 1)]
    [InlineData("matches_not", 0)]
    [InlineData("matches_not_length", 0)]
    [InlineData("matches_not_function", 0)]
    [InlineData("matches_not_kind", 0)]
    [InlineData("matches_enum", 1)]
    [InlineData("matches_not_enum", 0)]
    public void A_question_about_a_type_is_answered_for_the_target(string program, int answer)
    {
        BpfInstruction[] code = CoreObjects.Relocate("core_types", program);
        Assert.Equal([$"r0 = {answer}", "exit"], code.Select(instruction => instruction.ToString()));
    }

    [Theory]
    [InlineData("core_types", "enumerator_exists", 1)]
    [InlineData("core_types", "enumerator_exists_absent", 0)]
    [InlineData("core_types", "enumerator_value", 7)]
    [InlineData("core_types", "enumerator_negative", -4)]
    [InlineData("core_types", "enumerator_flavour", -4)]
    [InlineData("core_types", "enumerator_huge", 0x123456789abcd)]
    [InlineData("core_types", "enumerator_huge_small", 2)]
    [InlineData("core_types", "enumerator_grown", 0x100000000)]
    [InlineData("core_types", "id_kernel_absent", 0)]
    [InlineData("core_errors", "unsigned_value", 0x80000001)]
    public void A_question_about_an_enumerator_is_answered_in_64_bits(string name, string program, long answer)
    {
        BpfInstruction[] code = CoreObjects.Relocate(name, program);
        Assert.Equal(3, code.Length);
        Assert.Equal((ulong)answer, code[0].ReadImm64(code[1]));
    }

    [Fact]
    public void A_type_is_known_by_its_id_on_either_side()
    {
        BtfSpec local = Objects.TestObjects.Read("core_types").Btf!;
        Assert.True(local.TryFind("numbers", out BtfStruct? ours));
        Assert.True(CoreObjects.Target.TryFind("numbers", out BtfStruct? theirs));

        Assert.Equal((int)ours.Id.Value, CoreObjects.Relocate("core_types", "id_local")[0].Immediate);
        Assert.Equal((int)theirs.Id.Value, CoreObjects.Relocate("core_types", "id_kernel")[0].Immediate);
    }

    [Theory]
    [InlineData("load", "r0 = *(u32 *)(r1 +24)")]
    [InlineData("load_wider", "r0 = *(u64 *)(r1 +32)")]
    [InlineData("load_narrower", "r0 = *(u8 *)(r1 +40)")]
    [InlineData("load_pointer", "r0 = *(u64 *)(r1 +56)")]
    [InlineData("load_chain", "r1 = *(u64 *)(r1 +64)", "r0 = *(u16 *)(r1 +4)")]
    [InlineData("load_byte", "r0 = *(u8 *)(r1 +219)")]
    public void A_load_gets_the_targets_offset_and_for_unsigned_fields_its_size(string program, params string[] loads)
    {
        BpfInstruction[] code = CoreObjects.Relocate("core_fields", program);
        Assert.Equal([.. loads, "exit"], code.Select(instruction => instruction.ToString()));
    }

    [Theory]
    [InlineData("store_register", 2, "*(u32 *)(r6 +28) = r0")]
    [InlineData("address", 1, "r1 = 72")]
    [InlineData("in_subprogram", 2, "r0 = *(u32 *)(r1 +28)")]
    public void Stores_computed_addresses_and_subprograms_are_adapted(string program, int slot, string instruction)
    {
        Assert.Equal(instruction, CoreObjects.Relocate("core_fields", program)[slot].ToString());
    }

    [Theory]
    [InlineData("core_fields", "offset_missing", 0)]
    [InlineData("core_fields", "offset_of_another_kind", 0)]
    [InlineData("core_fields", "offset_beyond_array", 0)]
    [InlineData("core_fields", "load_signed_wider", 0)]
    [InlineData("core_fields", "load_missing", 0)]
    [InlineData("core_fields", "guarded", 3)]
    [InlineData("core_types", "enumerator_absent", 0)]
    [InlineData("core_types", "enumerator_absent", 1)]
    [InlineData("core_errors", "no_such_type", 0)]
    public void What_has_no_answer_becomes_a_call_that_no_kernel_knows(string name, string program, int slot)
    {
        BpfInstruction poison = CoreObjects.Relocate(name, program)[slot];
        Assert.Equal(Poison, poison.ToString());
        Assert.Equal(new BpfInstruction(BpfOpcode.Call, immediate: 0xbad2310), poison);
    }

    [Fact]
    public void Code_that_asks_first_keeps_its_way_around_what_is_missing()
    {
        BpfInstruction[] code = CoreObjects.Relocate("core_fields", "guarded");
        Assert.Equal("r2 = 0", code[1].ToString());
        Assert.Single(code, instruction => CorePatcher.IsPoisoned(instruction));
    }

    [Theory]
    [InlineData("ambiguous", "struct twin::a", "struct twin ([67] of .BTF) gives 0", "struct twin___other ([70] of .BTF) gives 4")]
    [InlineData("ambiguous_flavour", "struct has_flavour::b", "struct has_flavour___v1 ([61] of .BTF) gives 4", "struct has_flavour___v2 ([64] of .BTF) gives 8")]
    public void Several_candidates_that_differ_are_named_with_their_answers(string program, string symbol, params string[] candidates)
    {
        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(() => CoreObjects.Relocate("core_errors", program));
        Assert.Equal(symbol, refused.Symbol);
        Assert.Equal((program, 0), (refused.Program, refused.Instruction));
        Assert.Equal(candidates, refused.Candidates);
    }

    [Fact]
    public void An_access_that_only_one_candidate_has_decides_for_those_that_follow()
    {
        BpfInstruction[] code = CoreObjects.Relocate("core_errors", "made_clear");
        Assert.Equal(["r1 = 8", "r0 = 4"], code[..2].Select(instruction => instruction.ToString()));
    }

    [Fact]
    public void An_offset_that_no_load_reaches_is_refused()
    {
        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(() => CoreObjects.Relocate("core_fields", "load_far"));
        Assert.Equal("struct far::beyond", refused.Symbol);
        Assert.Contains("40000", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("core_fields", "load_missing", "struct numbers::missing", "does not have it", "has no 'missing'")]
    [InlineData("core_fields", "offset_of_another_kind", "struct numbers___kinds::number", "does not have it", "has a 'number' of another kind of type")]
    [InlineData("core_fields", "offset_beyond_array", "struct arrays::bytes[18]", "does not have it", "has no element 18")]
    [InlineData("core_fields", "load_signed_wider", "struct numbers::signed_wider", "another size", "of .BTF)")]
    [InlineData("core_types", "enumerator_absent", "enum colours::COLOUR_BLUE", "does not have it", "has no 'COLOUR_BLUE'")]
    public void Why_there_is_no_answer_can_be_told(string name, string program, string symbol, string problem, string candidate)
    {
        BpfRelocationException why = CoreObjects.Explain(name, program);
        Assert.Equal(symbol, why.Symbol);
        Assert.Contains(problem, why.Problem, StringComparison.Ordinal);
        Assert.Contains(candidate, Assert.Single(why.Candidates), StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_the_kernel_lacks_is_said_to_be_lacking()
    {
        BpfRelocationException why = CoreObjects.Explain("core_errors", "no_such_type");
        Assert.Equal("struct absent::a", why.Symbol);
        Assert.StartsWith("the kernel has no struct absent;", why.Problem, StringComparison.Ordinal);
        Assert.Empty(why.Candidates);
    }
}

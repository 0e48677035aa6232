using EbpfNet.Instructions;

namespace EbpfNet.Tests.Instructions;

public class InstructionFormTests
{
    [Fact]
    public void Every_form_assembles_to_the_bytes_of_either_byte_order() => Assert.All(InstructionForms.All, form =>
    {
        BpfInstruction[] code = form.Assemble(new BpfAssembler()).ToArray();
        Assert.Equal(form.LittleEndian, Hex(code, bigEndian: false));
        Assert.Equal(form.BigEndian, Hex(code, bigEndian: true));
    });

    [Fact]
    public void Every_form_decodes_from_either_byte_order_to_the_same_instruction() => Assert.All(InstructionForms.All, form =>
    {
        BpfInstruction[] code = form.Assemble(new BpfAssembler()).ToArray();
        Assert.Equal(code, BpfInstructionCodec.Decode(Convert.FromHexString(form.LittleEndian), bigEndian: false));
        Assert.Equal(code, BpfInstructionCodec.Decode(Convert.FromHexString(form.BigEndian), bigEndian: true));
    });

    [Fact]
    public void Every_form_disassembles_to_its_text() => Assert.All(InstructionForms.All, form =>
        Assert.Equal(form.Text, BpfDisassembler.Format(form.Assemble(new BpfAssembler()).ToArray(), 0)));

    [Fact]
    public void Every_form_is_well_formed() => Assert.All(InstructionForms.All, form =>
    {
        BpfInstruction[] code = form.Assemble(new BpfAssembler()).ToArray();
        Assert.True(BpfInstructionValidator.IsWellFormed(code[0]));
        // Targets lead out of a program of one instruction.
        Assert.True(BpfInstructionValidator.TryValidate(code, BpfInstructionChecks.Opcodes | BpfInstructionChecks.Fields, out BpfInstructionProblem problem), problem.ToString());
    });

    [Fact]
    public void The_table_has_every_known_opcode()
    {
        HashSet<byte> tested = [.. InstructionForms.All.Select(form => Convert.FromHexString(form.LittleEndian)[0])];
        Assert.Equal(KnownOpcodes.All.Order(), tested.Order());
    }

    private static string Hex(BpfInstruction[] code, bool bigEndian) => Convert.ToHexStringLower(BpfInstructionCodec.Encode(code, bigEndian));
}

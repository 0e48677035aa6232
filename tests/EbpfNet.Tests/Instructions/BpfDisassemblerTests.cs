using System.Globalization;
using EbpfNet.Instructions;
using FsCheck;
using FsCheck.Fluent;
using static EbpfNet.Instructions.BpfRegister;

namespace EbpfNet.Tests.Instructions;

public class BpfDisassemblerTests
{
    [Fact]
    public void Any_bytes_have_a_text_with_one_line_for_each_instruction() => Prop.ForAll(InstructionGenerators.Program, program =>
    {
        string text = BpfDisassembler.Disassemble(program);
        int lines = text.Count(c => c == '\n');
        int pairs = Enumerable.Range(0, program.Length).Count(slot => BpfDisassembler.Format(program, slot).EndsWith(" ll", StringComparison.Ordinal));
        return lines == program.Length - pairs && program.All(instruction => instruction.ToString().Length > 0);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_not_well_formed_shows_its_bytes_and_what_is_does_not() => Prop.ForAll(InstructionGenerators.Instruction, instruction =>
    {
        string text = BpfDisassembler.Format(instruction);
        bool raw = text.StartsWith($".insn 0x{Convert.ToHexStringLower(BpfInstructionCodec.Encode([instruction], false))} ; ", StringComparison.Ordinal);
        return raw == (!BpfInstructionValidator.IsWellFormed(instruction) || instruction.IsLoadImm64);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Instructions_with_the_same_text_are_the_same()
    {
        // Neighbours: a form, and the same with one byte changed.
        Gen<(BpfInstruction[], BpfInstruction[])> neighbours =
            from form in Gen.Elements(InstructionForms.All)
            from position in Gen.Choose(0, (form.LittleEndian.Length / 2) - 1)
            from change in Gen.Choose(1, 255)
            select (Decode(form, 0, 0), Decode(form, position, change));
        Prop.ForAll(neighbours.ToArbitrary(), pair => BpfDisassembler.Disassemble(pair.Item1) != BpfDisassembler.Disassemble(pair.Item2))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void A_64_bit_constant_that_is_cut_off_says_so()
    {
        BpfInstruction first = BpfInstruction.LoadImm64(R1, 5).First;
        const string CutOff = ".insn 0x1801000005000000 ; 64-bit constant without its second slot";
        Assert.Equal(CutOff, first.ToString());
        Assert.Equal(CutOff, BpfDisassembler.Format([first], 0));
        Assert.Equal($"   0: {CutOff}\n   1: exit\n", BpfDisassembler.Disassemble([first, new(BpfOpcode.Exit)]));
    }

    [Fact]
    public void The_second_slot_of_a_constant_says_so()
    {
        BpfInstruction[] code = new BpfAssembler().LoadImm64(R1, 0x12345678_00000000).ToArray();
        Assert.Equal("r1 = 0x1234567800000000 ll", BpfDisassembler.Format(code[0], code[1]));
        Assert.Equal(".insn 0x0000000078563412 ; second slot of a 64-bit constant", BpfDisassembler.Format(code, 1));
        Assert.Equal(".insn 0x0000000078563412 ; opcode 0x00 is unknown", code[1].ToString());
    }

    [Fact]
    public void Format_refuses_a_slot_outside_of_the_program()
    {
        BpfInstruction[] code = new BpfAssembler().Exit().ToArray();
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => BpfDisassembler.Format(code, 1));
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => BpfDisassembler.Format(code, -1));
    }

    [Fact]
    public void Symbols_and_labels_stand_in_place_of_numbers()
    {
        BpfInstruction[] code = new BpfAssembler()
            .LoadMapFd(R1, 3)
            .Call("helper_function")
            .CallHelper(100_000)
            .Jeq(R0, 0, "out")
            .Call("other")
            .Label("out")
            .Exit()
            .Label("helper_function")
            .Exit()
            .Label("other")
            .Exit()
            .ToArray();
        BpfDisassemblyOptions options = new()
        {
            LabelAt = slot => slot switch { 6 => "out", 7 => "helper_function", _ => null },
            SymbolOf = (slot, instruction) => (slot, instruction.IsLoadImm64) switch { (0, true) => "map flows", (3, false) => "new_helper", _ => null },
        };

        Assert.Equal("""
               0: r1 = map flows ll
               2: call helper_function
               3: call new_helper
               4: if r0 == 0 goto out
               5: call +2
            out:
               6: exit
            helper_function:
               7: exit
               8: exit

            """, BpfDisassembler.Disassemble(code, options));
        Assert.Equal("call helper_function", BpfDisassembler.Format(code, 2, options));
    }

    [Fact]
    public void A_listing_goes_to_a_writer_without_slots()
    {
        using StringWriter writer = new() { NewLine = "|" };
        BpfDisassembler.Disassemble(new BpfAssembler().Mov64(R0, 1).Exit().ToArray(), writer, new() { ShowSlots = false });
        Assert.Equal("r0 = 1|exit|", writer.ToString());
    }

    [Fact]
    public void The_text_does_not_depend_on_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        strange.NumberFormat.NegativeSign = "minus";
        strange.NumberFormat.PositiveSign = "plus";
        try
        {
            CultureInfo.CurrentCulture = strange;
            Assert.All(InstructionForms.All, form => Assert.Equal(form.Text, BpfDisassembler.Format(form.Assemble(new BpfAssembler()).ToArray(), 0)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static BpfInstruction[] Decode(InstructionForm form, int position, int change)
    {
        byte[] bytes = Convert.FromHexString(form.LittleEndian);
        bytes[position] ^= (byte)change;
        return BpfInstructionCodec.Decode(bytes, bigEndian: false);
    }
}

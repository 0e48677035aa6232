using EbpfNet.Abi;
using EbpfNet.Instructions;
using FsCheck;
using FsCheck.Fluent;
using static EbpfNet.Instructions.BpfRegister;

namespace EbpfNet.Tests.Instructions;

public class BpfAssemblerTests
{
    [Fact]
    public void Labels_lead_forward_and_back_over_constants_of_two_slots()
    {
        BpfInstruction[] code = new BpfAssembler()
            .Label("again")
            .Jeq(R1, 0, "out")
            .LoadImm64(R2, 1)
            .Sub64(R1, R2)
            .Goto("again")
            .Label("out")
            .Exit()
            .ToArray();

        Assert.Equal("""
               0: if r1 == 0 goto +4
               1: r2 = 0x1 ll
               3: r1 -= r2
               4: goto -5
               5: exit

            """, BpfDisassembler.Disassemble(code));
        Assert.True(BpfInstructionValidator.IsWellFormed(code));
    }

    [Fact]
    public void Every_kind_of_reference_takes_a_label()
    {
        BpfAssembler assembler = new();
        BpfLabel function = assembler.DefineLabel("function");
        BpfInstruction[] code = assembler
            .Call(function)
            .LoadFunction(R2, function)
            .GotoLong(function)
            .MayGoto(function)
            .Jset32(R1, 4, function)
            .MarkLabel(function)
            .Exit()
            .ToArray();

        Assert.Equal(6, function.Slot);
        Assert.Equal(
            ["call function", "r2 = func[function] ll", "gotol function", "may_goto function", "if w1 & 4 goto function", "function:", "exit"],
            BpfDisassembler.Disassemble(code, new() { ShowSlots = false, LabelAt = slot => slot == function.Slot ? function.Name : null }).TrimEnd().Split('\n'));
        Assert.True(BpfInstructionValidator.IsWellFormed(code));
    }

    [Fact]
    public void A_label_that_is_never_marked_is_named()
    {
        BpfAssembler assembler = new BpfAssembler().Mov64(R0, 0).Goto("nowhere").Exit();
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(assembler.ToArray);
        Assert.Equal("label 'nowhere', which instruction 1 refers to, is not marked", e.Message);
    }

    [Fact]
    public void A_label_cannot_be_marked_twice()
    {
        BpfAssembler assembler = new BpfAssembler().Mov64(R0, 0).Label("here").Exit();
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => assembler.Label("here"));
        Assert.Equal("label 'here' already marks instruction 1", e.Message);
    }

    [Theory]
    [InlineData(32767, true)]
    [InlineData(32768, false)]
    public void A_jump_reaches_as_far_as_16_bits_forward(int between, bool reaches)
    {
        BpfAssembler assembler = new BpfAssembler().Jeq(R1, 0, "far");
        Fill(assembler, between).Label("far").Exit();
        ExpectReach(assembler, reaches, between, 0);
    }

    [Theory]
    [InlineData(32767, true)]
    [InlineData(32768, false)]
    public void A_jump_reaches_as_far_as_16_bits_back(int between, bool reaches)
    {
        BpfAssembler assembler = new BpfAssembler().Label("far");
        Fill(assembler, between).Goto("far");
        ExpectReach(assembler, reaches, -between - 1, between);
    }

    [Fact]
    public void A_long_jump_and_a_call_reach_further()
    {
        BpfAssembler assembler = new BpfAssembler().GotoLong("far").Call("far");
        BpfInstruction[] code = Fill(assembler, 100_000).Label("far").Exit().ToArray();
        Assert.Equal(100_001, code[0].Immediate);
        Assert.Equal(100_000, code[1].Immediate);
    }

    [Fact]
    public void A_label_of_another_assembler_is_refused()
    {
        BpfLabel foreign = new BpfAssembler().DefineLabel("foreign");
        Assert.Throws<ArgumentException>("label", () => new BpfAssembler().Goto(foreign));
        Assert.Throws<ArgumentException>("label", () => new BpfAssembler().MarkLabel(foreign));
    }

    [Fact]
    public void Labels_without_a_name_get_different_ones()
    {
        BpfAssembler assembler = new BpfAssembler().Label("label#1");
        string[] names = [assembler.DefineLabel().Name, assembler.DefineLabel().Name];
        Assert.Equal(["label#2", "label#3"], names);
    }

    [Fact]
    public void Code_may_grow_after_it_was_taken()
    {
        BpfAssembler assembler = new BpfAssembler().Label("start").Mov64(R0, 0).Goto("start");
        BpfInstruction[] before = assembler.ToArray();
        BpfInstruction[] after = assembler.Exit().ToArray();
        Assert.Equal(2, before.Length);
        Assert.Equal(before, after[..2]);
        Assert.Equal(3, assembler.SlotCount);
    }

    [Fact]
    public void What_has_no_encoding_is_refused()
    {
        BpfAssembler a = new();
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Mov64(R11, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Add32(R0, R11));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Jeq(R11, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Jeq(R1, R11, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Load32(R0, R1, 32_768));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Store32(R1, -32_769, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Goto(32_768));
        Assert.Throws<ArgumentOutOfRangeException>("bits", () => a.MovSx32(R0, R1, 32));
        Assert.Throws<ArgumentOutOfRangeException>("bits", () => a.MovSx64(R0, R1, 64));
        Assert.Throws<ArgumentOutOfRangeException>("bits", () => a.ToBigEndian(R0, 8));
        Assert.Throws<ArgumentOutOfRangeException>("size", () => a.AtomicAdd(BpfSize.Half, R0, 0, R1));
        Assert.Throws<ArgumentOutOfRangeException>("size", () => a.LoadAbsolute(BpfSize.DoubleWord, 0));
        Assert.Throws<ArgumentOutOfRangeException>("operation", () => a.Atomic((BpfAtomicOperation)2, BpfSize.Word, R0, 0, R1));
        Assert.Throws<ArgumentOutOfRangeException>("to", () => a.AddressSpaceCast(R0, R1, 65_536, 0));
        Assert.Throws<ArgumentOutOfRangeException>("source", () => a.LoadPseudo(R0, (BpfPseudoSource)7, 0));
        Assert.Throws<ArgumentOutOfRangeException>("destination", () => a.LoadFunction(R11, 0));
        Assert.Equal(0, a.SlotCount);
    }

    [Fact]
    public void Helpers_are_called_by_name_or_number() =>
        Assert.Equal(new BpfAssembler().CallHelper(1).ToArray(), new BpfAssembler().CallHelper(BpfHelper.MapLookupElem).ToArray());

    [Fact]
    public void What_is_assembled_from_labels_is_well_formed()
    {
        // Any forms in any order, each followed by a jump to some label; every slot that starts an instruction has one.
        Gen<(InstructionForm, int)[]> programs = (
            from form in Gen.Elements(InstructionForms.All.Where(form => !HasTarget(form)).ToArray())
            from target in Gen.Choose(0, int.MaxValue)
            select (form, target)).NonEmptyListOf().Select(list => list.ToArray());
        Prop.ForAll(programs.ToArbitrary(), program =>
        {
            BpfAssembler assembler = new();
            for (int i = 0; i < program.Length; i++)
            {
                (InstructionForm form, int target) = program[i];
                form.Assemble(assembler.Label($"at {i}")).Goto($"at {target % program.Length}");
            }

            BpfInstruction[] code = assembler.ToArray();
            return BpfInstructionValidator.TryValidate(code, out BpfInstructionProblem problem).Label(problem.ToString());
        }).QuickCheckThrowOnFailure();
    }

    private static bool HasTarget(InstructionForm form)
    {
        BpfInstruction first = form.Assemble(new BpfAssembler()).ToArray()[0];
        return first.TryGetJumpDistance(out _) || first.IsFunctionCall || first.IsFunctionAddress;
    }

    private static BpfAssembler Fill(BpfAssembler assembler, int count)
    {
        for (int i = 0; i < count; i++)
        {
            assembler.Mov64(R0, 0);
        }

        return assembler;
    }

    private static void ExpectReach(BpfAssembler assembler, bool reaches, int distance, int jump)
    {
        if (reaches)
        {
            Assert.Equal(distance, assembler.ToArray()[jump].Offset);
            return;
        }

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(assembler.ToArray);
        Assert.Equal($"label 'far' is {distance} instructions away from the jump at {jump}, which reaches from -32768 to 32767; GotoLong reaches further", e.Message);
    }
}

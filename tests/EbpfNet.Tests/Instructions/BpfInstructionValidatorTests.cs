using EbpfNet.Instructions;
using FsCheck;
using FsCheck.Fluent;
using static EbpfNet.Instructions.BpfInstructionProblemKind;
using static EbpfNet.Instructions.BpfRegister;

namespace EbpfNet.Tests.Instructions;

public class BpfInstructionValidatorTests
{
    [Fact]
    public void The_known_opcodes_are_those_of_the_kernel() =>
        Assert.Equal(KnownOpcodes.All.Order(), Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => EncodingRules.IsKnown(new BpfOpcode(value))));

    [Theory]
    [InlineData("b700 0000 0000 0000", null)]
    [InlineData("ff00 0000 0000 0000", UnknownOpcode)]
    [InlineData("8d00 0000 0000 0000", null)]
    [InlineData("b70b 0000 0000 0000", InvalidRegister)]
    [InlineData("bfb0 0000 0000 0000", InvalidRegister)]
    [InlineData("7bfa 0000 0000 0000", InvalidRegister)]
    [InlineData("b710 0000 0000 0000", ReservedField)] // source of a move of a constant
    [InlineData("b700 0100 0000 0000", ReservedField)] // offset of a move of a constant
    [InlineData("0f10 0100 0000 0000", ReservedField)] // offset of an addition
    [InlineData("0f10 0000 0100 0000", ReservedField)] // immediate with a register
    [InlineData("8700 0000 0100 0000", ReservedField)] // immediate of a negation
    [InlineData("9500 0000 0100 0000", ReservedField)] // immediate of exit
    [InlineData("0500 0000 0100 0000", ReservedField)] // immediate of a short jump
    [InlineData("0600 0100 0000 0000", ReservedField)] // offset of a long jump
    [InlineData("8501 0000 0100 0000", ReservedField)] // destination of a call
    [InlineData("8500 0100 0100 0000", ReservedField)] // offset of a call of a helper
    [InlineData("8520 0100 0100 0000", null)]          // offset of a call of a kernel function
    [InlineData("8530 0000 0100 0000", UnknownVariant)]
    [InlineData("e510 0000 0000 0000", ReservedField)] // condition of may_goto
    [InlineData("6110 0000 0100 0000", ReservedField)] // immediate of a load
    [InlineData("3001 0000 0100 0000", ReservedField)] // destination of a packet load
    [InlineData("1801 0100 0000 0000", ReservedField)] // offset of a 64-bit constant
    [InlineData("1871 0000 0000 0000", UnknownVariant)]
    [InlineData("3f10 0100 0000 0000", null)]          // signed division
    [InlineData("3f10 0200 0000 0000", UnknownVariant)]
    [InlineData("3f10 ffff 0000 0000", UnknownVariant)]
    [InlineData("bf10 2000 0000 0000", null)]          // move with 32 bits sign-extended
    [InlineData("bc10 2000 0000 0000", UnknownVariant)]
    [InlineData("bf10 1800 0000 0000", UnknownVariant)]
    [InlineData("bc10 0100 0100 0000", ReservedField)] // casts are 64-bit
    [InlineData("d400 0000 0800 0000", UnknownVariant)]
    [InlineData("db10 0000 0200 0000", UnknownVariant)]
    [InlineData("d310 0000 0100 0000", UnknownVariant)] // atomic addition of one byte
    [InlineData("d310 0000 0001 0000", null)]           // load-acquire of one byte
    public void One_instruction_is_judged_by_its_fields(string bytes, BpfInstructionProblemKind? expected)
    {
        BpfInstruction instruction = BpfInstructionCodec.DecodeOne(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)), bigEndian: false);
        BpfInstruction[] program = instruction.IsLoadImm64 ? [instruction, default] : [instruction];
        bool valid = BpfInstructionValidator.TryValidate(program, BpfInstructionChecks.Opcodes | BpfInstructionChecks.Fields, out BpfInstructionProblem problem);
        Assert.Equal(expected, valid ? null : problem.Kind);
        Assert.Equal(expected is null, BpfInstructionValidator.IsWellFormed(instruction));
    }

    [Fact]
    public void A_constant_of_two_slots_needs_both()
    {
        BpfInstruction first = BpfInstruction.LoadImm64(R1, 5).First;
        Expect([first], 0, IncompleteLoadImm64);
        Expect([first, new(BpfOpcode.Exit)], 0, IncompleteLoadImm64);
        Expect([first, default(BpfInstruction).WithOffset(1)], 0, IncompleteLoadImm64);
        Expect([first, default(BpfInstruction).WithSource(R1)], 0, IncompleteLoadImm64);
        Expect([first, default, default], 2, UnknownOpcode);
        Assert.True(BpfInstructionValidator.IsWellFormed([first, default(BpfInstruction).WithImmediate(-1)]));
    }

    [Fact]
    public void A_reference_to_a_map_leaves_the_second_immediate_zero()
    {
        Expect(new BpfAssembler().LoadPseudo(R1, BpfPseudoSource.MapFd, 3, 1).ToArray(), 1, ReservedField);
        Expect(new BpfAssembler().LoadPseudo(R1, BpfPseudoSource.MapIndex, 3, 1).ToArray(), 1, ReservedField);
        Assert.True(BpfInstructionValidator.IsWellFormed(new BpfAssembler().LoadMapValue(R1, 3, 1).ToArray()));
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, TargetOutOfRange)]
    [InlineData(-3, null)]
    [InlineData(-2, TargetInsideLoadImm64)]
    [InlineData(-4, TargetOutOfRange)]
    [InlineData(int.MaxValue, TargetOutOfRange)]
    [InlineData(int.MinValue, TargetOutOfRange)]
    public void Targets_are_instructions_of_the_program(int distance, BpfInstructionProblemKind? expected)
    {
        foreach (Func<BpfAssembler, BpfAssembler> reference in new Func<BpfAssembler, BpfAssembler>[]
        {
            a => a.GotoLong(distance), a => a.Call(distance), a => distance == (short)distance ? a.Jeq(R1, R2, distance) : a.GotoLong(distance),
        })
        {
            BpfInstruction[] program = reference(new BpfAssembler().LoadImm64(R0, 0)).Mov64(R0, 0).Exit().ToArray();
            if (expected is BpfInstructionProblemKind kind)
            {
                Expect(program, 2, kind);
            }
            else
            {
                Assert.True(BpfInstructionValidator.IsWellFormed(program));
            }
        }

        // A function's address takes two slots and counts from the second.
        BpfInstruction[] address = new BpfAssembler().LoadFunction(R1, -1).ToArray();
        Assert.True(BpfInstructionValidator.IsWellFormed(address));
        Expect([address[0].WithImmediate(0), address[1]], 0, TargetInsideLoadImm64);
    }

    [Fact]
    public void Calls_of_code_that_is_not_linked_are_let_be()
    {
        BpfInstruction[] program = new BpfAssembler().Call(1000).LoadFunction(R1, -1000).Exit().ToArray();
        Assert.True(BpfInstructionValidator.TryValidate(program, BpfInstructionChecks.Unlinked, out _));
        Expect(program, 0, TargetOutOfRange);
        Expect(new BpfAssembler().Goto(1000).ToArray(), 0, TargetOutOfRange, BpfInstructionChecks.Unlinked);
    }

    [Fact]
    public void Fields_that_older_kernels_overlook_in_dead_code_are_let_be_on_request()
    {
        BpfInstruction[] program = new BpfAssembler().Mov64(R0, 0).Emit(new BpfInstruction(BpfOpcode.Exit, R3)).Exit().ToArray();
        Expect(program, 1, ReservedField);
        Assert.True(BpfInstructionValidator.TryValidate(program, BpfInstructionChecks.AlwaysRefused, out _));
    }

    [Fact]
    public void A_problem_says_where_and_what()
    {
        BpfInstruction[] program = new BpfAssembler().Mov64(R0, 0).Goto(5).Exit().ToArray();
        Assert.False(BpfInstructionValidator.TryValidate(program, out BpfInstructionProblem problem));
        Assert.Equal("instruction 1: the jump leads to 7, but the code has the instructions 0 to 2", problem.ToString());
        Assert.False(BpfInstructionValidator.TryValidate([program[0].WithDestination(R11)], out problem));
        Assert.Equal("instruction 0: register 11 does not exist", problem.ToString());
        Assert.False(BpfInstructionValidator.TryValidate([program[0].WithOffset(1)], out problem));
        Assert.Equal("instruction 0: the offset is not used here and has to be 0", problem.ToString());
    }

    [Fact]
    public void Any_bytes_are_judged_without_an_error_and_the_same_as_one_by_one() => Prop.ForAll(InstructionGenerators.Program, program =>
    {
        bool whole = BpfInstructionValidator.TryValidate(program, BpfInstructionChecks.Opcodes | BpfInstructionChecks.Fields, out BpfInstructionProblem problem);
        string[] lines = BpfDisassembler.Disassemble(program, new() { ShowSlots = false }).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        bool strange = lines.Any(line => line.StartsWith(".insn", StringComparison.Ordinal) || line.Contains("second immediate", StringComparison.Ordinal));
        return whole == !strange && (whole || (problem.Slot >= 0 && problem.Slot < program.Length && problem.Message.Length > 0));
    }).QuickCheckThrowOnFailure();

    private static void Expect(BpfInstruction[] program, int slot, BpfInstructionProblemKind kind, BpfInstructionChecks checks = BpfInstructionChecks.All)
    {
        Assert.False(BpfInstructionValidator.TryValidate(program, checks, out BpfInstructionProblem problem));
        Assert.Equal((slot, kind), (problem.Slot, problem.Kind));
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Instructions;
using FsCheck;
using FsCheck.Fluent;
using static EbpfNet.Instructions.BpfRegister;

namespace EbpfNet.Tests.Instructions;

public class BpfInstructionTests
{
    [Fact]
    public void A_slot_is_laid_out_as_the_C_structure()
    {
        Assert.Equal(8, Unsafe.SizeOf<BpfInstruction>());
        BpfInstruction[] code = [new(new BpfOpcode(0x7b), R10, R3, -8, 0x01020304)];
        byte[] expected = BitConverter.IsLittleEndian
            ? [0x7b, 0x3a, 0xf8, 0xff, 0x04, 0x03, 0x02, 0x01]
            : [0x7b, 0xa3, 0xff, 0xf8, 0x01, 0x02, 0x03, 0x04];
        Assert.Equal(expected, MemoryMarshal.AsBytes(code.AsSpan()).ToArray());
    }

    [Fact]
    public void Fields_come_back_as_they_were_put_in() => Prop.ForAll(InstructionGenerators.Instruction, instruction =>
    {
        BpfInstruction again = new(instruction.Opcode, instruction.Destination, instruction.Source, instruction.Offset, instruction.Immediate);
        return again == instruction && again.GetHashCode() == instruction.GetHashCode();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void With_changes_one_field_and_no_other()
    {
        Gen<(BpfInstruction, BpfInstruction)> pairs = InstructionGenerators.Instruction.Generator.Two().Select(pair => (pair.Item1, pair.Item2));
        Prop.ForAll(pairs.ToArbitrary(), pair =>
        {
            (BpfInstruction a, BpfInstruction b) = pair;
            return a.WithOpcode(b.Opcode) == new BpfInstruction(b.Opcode, a.Destination, a.Source, a.Offset, a.Immediate)
                && a.WithDestination(b.Destination) == new BpfInstruction(a.Opcode, b.Destination, a.Source, a.Offset, a.Immediate)
                && a.WithSource(b.Source) == new BpfInstruction(a.Opcode, a.Destination, b.Source, a.Offset, a.Immediate)
                && a.WithOffset(b.Offset) == new BpfInstruction(a.Opcode, a.Destination, a.Source, b.Offset, a.Immediate)
                && a.WithImmediate(b.Immediate) == new BpfInstruction(a.Opcode, a.Destination, a.Source, a.Offset, b.Immediate)
                && a.WithOpcode(b.Opcode).WithDestination(b.Destination).WithSource(b.Source).WithOffset(b.Offset).WithImmediate(b.Immediate) == b;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Instructions_that_differ_in_one_bit_are_not_equal()
    {
        Gen<(byte[], int)> cases = from bytes in InstructionGenerators.SlotBytes from bit in Gen.Choose(0, 63) select (bytes, bit);
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            BpfInstruction before = BpfInstructionCodec.DecodeOne(one.Item1, false);
            byte[] bytes = [.. one.Item1];
            bytes[one.Item2 / 8] ^= (byte)(1 << (one.Item2 % 8));
            BpfInstruction after = BpfInstructionCodec.DecodeOne(bytes, false);
            return before != after && !before.Equals(after) && !before.Equals((object)after);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_register_that_does_not_fit_into_four_bits_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("destination", () => new BpfInstruction(BpfOpcode.Exit, (BpfRegister)16));
        Assert.Throws<ArgumentOutOfRangeException>("source", () => default(BpfInstruction).WithSource((BpfRegister)200));
    }

    [Fact]
    public void A_64_bit_constant_comes_back_from_its_two_slots() => Prop.ForAll<ulong>(value =>
    {
        (BpfInstruction first, BpfInstruction second) = BpfInstruction.LoadImm64(R7, value);
        return first.IsLoadImm64 && first.SlotCount == 2 && !second.IsLoadImm64 && first.Destination == R7 && first.ReadImm64(second) == value;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Kinds_of_calls_and_constants_are_told_apart()
    {
        BpfInstruction call = new BpfAssembler().CallHelper(6).ToArray()[0];
        Assert.True(call.IsHelperCall && !call.IsFunctionCall && !call.IsKfuncCall && !call.IsExit);
        Assert.True(call.WithPseudoCall(BpfPseudoCall.Function) is { IsFunctionCall: true, IsHelperCall: false, IsKfuncCall: false });
        Assert.True(call.WithPseudoCall(BpfPseudoCall.Kfunc) is { IsKfuncCall: true, IsHelperCall: false, IsFunctionCall: false });
        BpfInstruction constant = BpfInstruction.LoadImm64(R1, 0).First;
        Assert.False(constant.IsFunctionAddress);
        Assert.True(constant.WithPseudoSource(BpfPseudoSource.Function).IsFunctionAddress);
        Assert.True(new BpfAssembler().Exit().ToArray()[0].IsExit);
    }

    [Fact]
    public void The_distance_of_a_jump_is_found_and_changed_where_the_jump_keeps_it()
    {
        BpfInstruction[] code = new BpfAssembler().Goto(7).GotoLong(70_000).MayGoto(-2).Jeq32(R1, R2, 9).ToArray();
        int[] distances = [.. code.Select(i => i.TryGetJumpDistance(out int distance) ? distance : throw new InvalidOperationException(i.ToString()))];
        Assert.Equal([7, 70_000, -2, 9], distances);
        Assert.Equal("gotol -100000", code[1].WithJumpDistance(-100_000).ToString());
        Assert.Equal("if w1 == w2 goto -3", code[3].WithJumpDistance(-3).ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => code[0].WithJumpDistance(32_768));
        Assert.Throws<ArgumentOutOfRangeException>(() => code[0].WithJumpDistance(-32_769));
    }

    [Fact]
    public void What_is_no_jump_with_a_fixed_distance_has_none()
    {
        BpfInstruction[] code = new BpfAssembler().Mov64(R0, 0).Call(3).CallHelper(1).CallRegister(R1).GotoRegister(R1).Exit().LoadFunction(R1, 0).ToArray();
        Assert.All(code, instruction =>
        {
            Assert.False(instruction.TryGetJumpDistance(out _));
            Assert.Throws<InvalidOperationException>(() => instruction.WithJumpDistance(1));
        });
    }

    [Fact]
    public void An_opcode_is_the_sum_of_its_parts()
    {
        for (int value = 0; value < 256; value++)
        {
            BpfOpcode opcode = new((byte)value);
            BpfOpcode again = opcode.IsLoadOrStore ? BpfOpcode.Memory(opcode.Class, opcode.Mode, opcode.Size)
                : opcode.IsAlu ? BpfOpcode.Alu(opcode.Class, opcode.AluOperation, opcode.Source)
                : BpfOpcode.Jump(opcode.Class, opcode.JumpOperation, opcode.Source);
            Assert.Equal(opcode, again);
        }
    }
}

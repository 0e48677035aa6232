using System.Runtime.InteropServices;
using EbpfNet.Instructions;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Instructions;

public class BpfInstructionCodecTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_come_back_after_decode_and_encode(bool bigEndian) => Prop.ForAll(InstructionGenerators.Bytes, bytes =>
        BpfInstructionCodec.Encode(BpfInstructionCodec.Decode(bytes, bigEndian), bigEndian).SequenceEqual(bytes)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Instructions_come_back_after_encode_and_decode(bool bigEndian) => Prop.ForAll(InstructionGenerators.Program, program =>
        BpfInstructionCodec.Decode(BpfInstructionCodec.Encode(program, bigEndian), bigEndian).SequenceEqual(program)).QuickCheckThrowOnFailure();

    [Fact]
    public void Swapping_the_byte_order_twice_changes_nothing() => Prop.ForAll(InstructionGenerators.Instruction, instruction =>
        instruction.ReverseEndianness().ReverseEndianness() == instruction).QuickCheckThrowOnFailure();

    [Fact]
    public void The_two_byte_orders_differ_as_the_C_bit_fields_do() => Prop.ForAll(InstructionGenerators.Instruction, instruction =>
    {
        byte[] little = BpfInstructionCodec.Encode([instruction], bigEndian: false);
        byte[] big = BpfInstructionCodec.Encode([instruction], bigEndian: true);
        return big[0] == little[0]
            && big[1] == (byte)((little[1] << 4) | (little[1] >> 4))
            && big[2..4].Reverse().SequenceEqual(little[2..4])
            && big[4..].Reverse().SequenceEqual(little[4..]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_instruction_decodes_as_the_first_of_many() => Prop.ForAll(InstructionGenerators.Bytes, bytes =>
        bytes.Length == 0
        || (BpfInstructionCodec.DecodeOne(bytes, true) == BpfInstructionCodec.Decode(bytes, true)[0]
            && BpfInstructionCodec.DecodeOne(bytes, false) == BpfInstructionCodec.Decode(bytes, false)[0])).QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_of_this_machine_is_its_memory() => Prop.ForAll(InstructionGenerators.Program, program =>
        BpfInstructionCodec.Encode(program, !BitConverter.IsLittleEndian).AsSpan().SequenceEqual(MemoryMarshal.AsBytes(program.AsSpan()))).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(17)]
    public void Decode_refuses_a_length_that_is_no_multiple_of_8(int length)
    {
        BpfObjectFormatException e = Assert.Throws<BpfObjectFormatException>(() => BpfInstructionCodec.Decode(new byte[length], false, ".text"));
        Assert.Equal(".text", e.Section);
        Assert.Equal(length / 8 * 8, e.Offset);
    }

    [Fact]
    public void DecodeOne_refuses_fewer_than_8_bytes() =>
        Assert.Throws<BpfObjectFormatException>(() => BpfInstructionCodec.DecodeOne(new byte[7], bigEndian: false));

    [Fact]
    public void Encode_refuses_a_destination_that_is_too_short() =>
        Assert.Throws<ArgumentException>(() => BpfInstructionCodec.Encode(new BpfInstruction[2], new byte[15], bigEndian: false));

    [Fact]
    public void Encode_leaves_the_rest_of_a_longer_destination_alone()
    {
        byte[] destination = [.. Enumerable.Repeat((byte)0xaa, 24)];
        BpfInstructionCodec.Encode([new BpfInstruction(BpfOpcode.Exit)], destination, bigEndian: true);
        Assert.Equal(Enumerable.Repeat((byte)0xaa, 16), destination[8..]);
    }
}

using static EbpfNet.Instructions.BpfAluOperation;
using static EbpfNet.Instructions.BpfInstructionClass;

namespace EbpfNet.Instructions;

/// <summary>
/// Arithmetic for <see cref="BpfAssembler"/>. Names that end in 64 work on whole registers and sign-extend a constant; names that end in 32 work on the lower half and
/// set the upper one to zero. Registers above R10 are an <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
public static class BpfAluInstructions
{
    /// <summary>Copies the operand. <c>rD = operand</c>.</summary>
    public static BpfAssembler Mov64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Mov, destination, operand);

    /// <summary>Copies the operand. <c>wD = operand</c>.</summary>
    public static BpfAssembler Mov32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Mov, destination, operand);

    /// <summary>Adds. <c>rD += operand</c>.</summary>
    public static BpfAssembler Add64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Add, destination, operand);

    /// <summary>Adds. <c>wD += operand</c>.</summary>
    public static BpfAssembler Add32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Add, destination, operand);

    /// <summary>Subtracts. <c>rD -= operand</c>.</summary>
    public static BpfAssembler Sub64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Sub, destination, operand);

    /// <summary>Subtracts. <c>wD -= operand</c>.</summary>
    public static BpfAssembler Sub32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Sub, destination, operand);

    /// <summary>Multiplies. <c>rD *= operand</c>.</summary>
    public static BpfAssembler Mul64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Mul, destination, operand);

    /// <summary>Multiplies. <c>wD *= operand</c>.</summary>
    public static BpfAssembler Mul32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Mul, destination, operand);

    /// <summary>Divides, unsigned; by zero gives zero. <c>rD /= operand</c>.</summary>
    public static BpfAssembler Div64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Div, destination, operand);

    /// <summary>Divides, unsigned; by zero gives zero. <c>wD /= operand</c>.</summary>
    public static BpfAssembler Div32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Div, destination, operand);

    /// <summary>Divides, signed, towards zero; by zero gives zero. Since Linux 6.6. <c>rD s/= operand</c>.</summary>
    public static BpfAssembler SDiv64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Div, destination, operand, offset: 1);

    /// <summary>Divides, signed, towards zero; by zero gives zero. Since Linux 6.6. <c>wD s/= operand</c>.</summary>
    public static BpfAssembler SDiv32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Div, destination, operand, offset: 1);

    /// <summary>Takes the remainder, unsigned; by zero leaves the destination. <c>rD %= operand</c>.</summary>
    public static BpfAssembler Mod64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Mod, destination, operand);

    /// <summary>Takes the remainder, unsigned; by zero leaves the destination. <c>wD %= operand</c>.</summary>
    public static BpfAssembler Mod32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Mod, destination, operand);

    /// <summary>Takes the remainder with the sign of the dividend; by zero leaves the destination. Since Linux 6.6. <c>rD s%= operand</c>.</summary>
    public static BpfAssembler SMod64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Mod, destination, operand, offset: 1);

    /// <summary>Takes the remainder with the sign of the dividend; by zero leaves the destination. Since Linux 6.6. <c>wD s%= operand</c>.</summary>
    public static BpfAssembler SMod32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Mod, destination, operand, offset: 1);

    /// <summary>Bitwise or. <c>rD |= operand</c>.</summary>
    public static BpfAssembler Or64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Or, destination, operand);

    /// <summary>Bitwise or. <c>wD |= operand</c>.</summary>
    public static BpfAssembler Or32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Or, destination, operand);

    /// <summary>Bitwise and. <c>rD &amp;= operand</c>.</summary>
    public static BpfAssembler And64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, And, destination, operand);

    /// <summary>Bitwise and. <c>wD &amp;= operand</c>.</summary>
    public static BpfAssembler And32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, And, destination, operand);

    /// <summary>Bitwise exclusive or. <c>rD ^= operand</c>.</summary>
    public static BpfAssembler Xor64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Xor, destination, operand);

    /// <summary>Bitwise exclusive or. <c>wD ^= operand</c>.</summary>
    public static BpfAssembler Xor32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Xor, destination, operand);

    /// <summary>Shifts left. <c>rD &lt;&lt;= operand</c>.</summary>
    public static BpfAssembler Lsh64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Lsh, destination, operand);

    /// <summary>Shifts left. <c>wD &lt;&lt;= operand</c>.</summary>
    public static BpfAssembler Lsh32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Lsh, destination, operand);

    /// <summary>Shifts right, filling with zeros. <c>rD &gt;&gt;= operand</c>.</summary>
    public static BpfAssembler Rsh64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Rsh, destination, operand);

    /// <summary>Shifts right, filling with zeros. <c>wD &gt;&gt;= operand</c>.</summary>
    public static BpfAssembler Rsh32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Rsh, destination, operand);

    /// <summary>Shifts right, filling with the sign. <c>rD s&gt;&gt;= operand</c>.</summary>
    public static BpfAssembler Arsh64(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu64, Arsh, destination, operand);

    /// <summary>Shifts right, filling with the sign. <c>wD s&gt;&gt;= operand</c>.</summary>
    public static BpfAssembler Arsh32(this BpfAssembler assembler, BpfRegister destination, BpfOperand operand) =>
        Alu(assembler, Alu32, Arsh, destination, operand);

    /// <summary>Negates. <c>rD = -rD</c>.</summary>
    public static BpfAssembler Neg64(this BpfAssembler assembler, BpfRegister destination) => Alu(assembler, Alu64, Neg, destination, 0);

    /// <summary>Negates. <c>wD = -wD</c>.</summary>
    public static BpfAssembler Neg32(this BpfAssembler assembler, BpfRegister destination) => Alu(assembler, Alu32, Neg, destination, 0);

    /// <summary>Copies and sign-extends the lowest 8, 16 or 32 bits to 64. <c>rD = (s8)rS</c>. Since Linux 6.6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another number of bits.</exception>
    public static BpfAssembler MovSx64(this BpfAssembler assembler, BpfRegister destination, BpfRegister source, int bits)
    {
        RequireBits(bits, bits is 8 or 16 or 32);
        return Alu(assembler, Alu64, Mov, destination, source, bits);
    }

    /// <summary>Copies and sign-extends the lowest 8 or 16 bits to 32. <c>wD = (s8)wS</c>. Since Linux 6.6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another number of bits.</exception>
    public static BpfAssembler MovSx32(this BpfAssembler assembler, BpfRegister destination, BpfRegister source, int bits)
    {
        RequireBits(bits, bits is 8 or 16);
        return Alu(assembler, Alu32, Mov, destination, source, bits);
    }

    /// <summary>Converts the lowest 16, 32 or 64 bits between this machine's order and little-endian, and sets the rest to zero. <c>rD = le16 rD</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another number of bits.</exception>
    public static BpfAssembler ToLittleEndian(this BpfAssembler assembler, BpfRegister destination, int bits) =>
        ByteOrder(assembler, Alu32, BpfSource.Immediate, destination, bits);

    /// <summary>Converts the lowest 16, 32 or 64 bits between this machine's order and big-endian, and sets the rest to zero. <c>rD = be16 rD</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another number of bits.</exception>
    public static BpfAssembler ToBigEndian(this BpfAssembler assembler, BpfRegister destination, int bits) =>
        ByteOrder(assembler, Alu32, BpfSource.Register, destination, bits);

    /// <summary>Swaps the bytes of the lowest 16, 32 or 64 bits, and sets the rest to zero. <c>rD = bswap16 rD</c>. Since Linux 6.6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another number of bits.</exception>
    public static BpfAssembler ByteSwap(this BpfAssembler assembler, BpfRegister destination, int bits) =>
        ByteOrder(assembler, Alu64, BpfSource.Immediate, destination, bits);

    /// <summary>
    /// Copies a pointer into another address space: from 1 (an arena) to 0 (the kernel), or back. <c>rD = addr_space_cast(rS, to, from)</c>. Since Linux 6.9.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An address space number does not fit into 16 bits.</exception>
    public static BpfAssembler AddressSpaceCast(this BpfAssembler assembler, BpfRegister destination, BpfRegister source, int to, int from)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        ArgumentOutOfRangeException.ThrowIfNotEqual(to, (ushort)to);
        ArgumentOutOfRangeException.ThrowIfNotEqual(from, (ushort)from);
        return assembler.Add(BpfOpcode.Alu(Alu64, Mov, BpfSource.Register), destination, source, InstructionText.AddressSpaceCast, (to << 16) | from);
    }

    private static BpfAssembler Alu(
        BpfAssembler assembler, BpfInstructionClass instructionClass, BpfAluOperation operation, BpfRegister destination, BpfOperand operand, int offset = 0)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        return assembler.Add(BpfOpcode.Alu(instructionClass, operation, operand.Source), destination, operand.Register, offset, operand.Immediate);
    }

    private static BpfAssembler ByteOrder(BpfAssembler assembler, BpfInstructionClass instructionClass, BpfSource order, BpfRegister destination, int bits)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        RequireBits(bits, bits is 16 or 32 or 64);
        return assembler.Add(BpfOpcode.Alu(instructionClass, End, order), destination, immediate: bits);
    }

    private static void RequireBits(int bits, bool allowed)
    {
        if (!allowed)
        {
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "There is no such instruction for this number of bits.");
        }
    }
}

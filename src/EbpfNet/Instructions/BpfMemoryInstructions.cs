using static EbpfNet.Instructions.BpfInstructionClass;

namespace EbpfNet.Instructions;

/// <summary>
/// Loads, stores and 64-bit constants for <see cref="BpfAssembler"/>. Offsets are in bytes and have 16 bits: others are an <see cref="ArgumentOutOfRangeException"/>, and
/// so are registers above R10.
/// </summary>
public static class BpfMemoryInstructions
{
    /// <summary>Loads 8 bits, zero-extended. <c>rD = *(u8 *)(rA + offset)</c>.</summary>
    public static BpfAssembler Load8(this BpfAssembler assembler, BpfRegister destination, BpfRegister address, int offset = 0) =>
        Load(assembler, BpfMode.Mem, BpfSize.Byte, destination, address, offset);

    /// <summary>Loads 16 bits, zero-extended. <c>rD = *(u16 *)(rA + offset)</c>.</summary>
    public static BpfAssembler Load16(this BpfAssembler assembler, BpfRegister destination, BpfRegister address, int offset = 0) =>
        Load(assembler, BpfMode.Mem, BpfSize.Half, destination, address, offset);

    /// <summary>Loads 32 bits, zero-extended. <c>rD = *(u32 *)(rA + offset)</c>.</summary>
    public static BpfAssembler Load32(this BpfAssembler assembler, BpfRegister destination, BpfRegister address, int offset = 0) =>
        Load(assembler, BpfMode.Mem, BpfSize.Word, destination, address, offset);

    /// <summary>Loads 64 bits. <c>rD = *(u64 *)(rA + offset)</c>.</summary>
    public static BpfAssembler Load64(this BpfAssembler assembler, BpfRegister destination, BpfRegister address, int offset = 0) =>
        Load(assembler, BpfMode.Mem, BpfSize.DoubleWord, destination, address, offset);

    /// <summary>Loads 8 bits, sign-extended to 64. <c>rD = *(s8 *)(rA + offset)</c>. Since Linux 6.6.</summary>
    public static BpfAssembler LoadSigned8(this BpfAssembler assembler, BpfRegister destination, BpfRegister address, int offset = 0) =>
        Load(assembler, BpfMode.MemSx, BpfSize.Byte, destination, address, offset);

    /// <summary>Loads 16 bits, sign-extended to 64. <c>rD = *(s16 *)(rA + offset)</c>. Since Linux 6.6.</summary>
    public static BpfAssembler LoadSigned16(this BpfAssembler assembler, BpfRegister destination, BpfRegister address, int offset = 0) =>
        Load(assembler, BpfMode.MemSx, BpfSize.Half, destination, address, offset);

    /// <summary>Loads 32 bits, sign-extended to 64. <c>rD = *(s32 *)(rA + offset)</c>. Since Linux 6.6.</summary>
    public static BpfAssembler LoadSigned32(this BpfAssembler assembler, BpfRegister destination, BpfRegister address, int offset = 0) =>
        Load(assembler, BpfMode.MemSx, BpfSize.Word, destination, address, offset);

    /// <summary>Stores 8 bits of a register or a constant. <c>*(u8 *)(rA + offset) = value</c>.</summary>
    public static BpfAssembler Store8(this BpfAssembler assembler, BpfRegister address, int offset, BpfOperand value) =>
        Store(assembler, BpfSize.Byte, address, offset, value);

    /// <summary>Stores 16 bits of a register or a constant. <c>*(u16 *)(rA + offset) = value</c>.</summary>
    public static BpfAssembler Store16(this BpfAssembler assembler, BpfRegister address, int offset, BpfOperand value) =>
        Store(assembler, BpfSize.Half, address, offset, value);

    /// <summary>Stores 32 bits of a register or a constant. <c>*(u32 *)(rA + offset) = value</c>.</summary>
    public static BpfAssembler Store32(this BpfAssembler assembler, BpfRegister address, int offset, BpfOperand value) =>
        Store(assembler, BpfSize.Word, address, offset, value);

    /// <summary>Stores 64 bits of a register or a constant. <c>*(u64 *)(rA + offset) = value</c>.</summary>
    public static BpfAssembler Store64(this BpfAssembler assembler, BpfRegister address, int offset, BpfOperand value) =>
        Store(assembler, BpfSize.DoubleWord, address, offset, value);

    /// <summary>Loads from the packet whose context is in R6 into R0, in host order; ends the program when it is too short. <c>r0 = *(u8 *)skb[offset]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is 8 bytes.</exception>
    public static BpfAssembler LoadAbsolute(this BpfAssembler assembler, BpfSize size, int offset)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        ArgumentOutOfRangeException.ThrowIfEqual((byte)size, (byte)BpfSize.DoubleWord, nameof(size));
        return assembler.Add(BpfOpcode.Memory(Ld, BpfMode.Abs, size), immediate: offset);
    }

    /// <summary>As <see cref="LoadAbsolute"/>, at a register plus a constant. <c>r0 = *(u8 *)skb[rS + offset]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is 8 bytes.</exception>
    public static BpfAssembler LoadIndirect(this BpfAssembler assembler, BpfSize size, BpfRegister source, int offset = 0)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        ArgumentOutOfRangeException.ThrowIfEqual((byte)size, (byte)BpfSize.DoubleWord, nameof(size));
        return assembler.Add(BpfOpcode.Memory(Ld, BpfMode.Ind, size), source: source, immediate: offset);
    }

    /// <summary>Loads a 64-bit number. <c>rD = value ll</c>. Two slots.</summary>
    public static BpfAssembler LoadImm64(this BpfAssembler assembler, BpfRegister destination, ulong value) =>
        LoadPseudo(assembler, destination, BpfPseudoSource.None, (int)(uint)value, (int)(uint)(value >> 32));

    /// <summary>Loads what two immediates stand for. Two slots.</summary>
    /// <param name="assembler">The assembler.</param>
    /// <param name="destination">The register that receives it.</param>
    /// <param name="source">What the immediates stand for.</param>
    /// <param name="first">The immediate of the first slot.</param>
    /// <param name="second">The immediate of the second slot.</param>
    public static BpfAssembler LoadPseudo(this BpfAssembler assembler, BpfRegister destination, BpfPseudoSource source, int first, int second = 0)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)source, (int)BpfPseudoSource.MapIndexValue, nameof(source));
        return assembler
            .Add(BpfOpcode.LoadImm64, destination, (BpfRegister)source, 0, first)
            .Add(default, immediate: second);
    }

    /// <summary>Loads a map by its index in the load call's descriptor array. <c>rD = map_idx[index] ll</c>. Two slots. Since Linux 5.14.</summary>
    public static BpfAssembler LoadMapIndex(this BpfAssembler assembler, BpfRegister destination, int index) =>
        LoadPseudo(assembler, destination, BpfPseudoSource.MapIndex, index);

    /// <summary>Loads an address in the value of a map by its index in the load call's descriptor array. <c>rD = map_value_idx[index]+offset ll</c>. Two slots. Since Linux 5.14.</summary>
    public static BpfAssembler LoadMapIndexValue(this BpfAssembler assembler, BpfRegister destination, int index, int offset) =>
        LoadPseudo(assembler, destination, BpfPseudoSource.MapIndexValue, index, offset);

    /// <summary>Loads the address of a function of this program, for callbacks. <c>rD = func[target] ll</c>. Two slots. Since Linux 5.13.</summary>
    public static BpfAssembler LoadFunction(this BpfAssembler assembler, BpfRegister destination, BpfJumpTarget target)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)destination, (int)BpfRegister.R10, nameof(destination));
        return assembler
            .AddReference(new BpfInstruction(BpfOpcode.LoadImm64, destination).WithPseudoSource(BpfPseudoSource.Function), target)
            .Add(default);
    }

    // Descriptors stay out of the public surface; the ones who write these instructions for a user are the loader and the feature probes.

    /// <summary>Loads a map. <c>rD = map_fd[descriptor] ll</c>. Two slots.</summary>
    internal static BpfAssembler LoadMapFd(this BpfAssembler assembler, BpfRegister destination, int descriptor) =>
        LoadPseudo(assembler, destination, BpfPseudoSource.MapFd, descriptor);

    /// <summary>Loads an address in the value of a map. <c>rD = map_value_fd[descriptor]+offset ll</c>. Two slots.</summary>
    internal static BpfAssembler LoadMapValue(this BpfAssembler assembler, BpfRegister destination, int descriptor, int offset) =>
        LoadPseudo(assembler, destination, BpfPseudoSource.MapValue, descriptor, offset);

    /// <summary>Loads the address of a kernel variable. <c>rD = btf_id[id] ll</c>. Two slots.</summary>
    internal static BpfAssembler LoadBtfId(this BpfAssembler assembler, BpfRegister destination, int id, int moduleDescriptor = 0) =>
        LoadPseudo(assembler, destination, BpfPseudoSource.BtfId, id, moduleDescriptor);

    private static BpfAssembler Load(BpfAssembler assembler, BpfMode mode, BpfSize size, BpfRegister destination, BpfRegister address, int offset)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        return assembler.Add(BpfOpcode.Memory(Ldx, mode, size), destination, address, offset);
    }

    private static BpfAssembler Store(BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfOperand value)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        BpfInstructionClass instructionClass = value.Source == BpfSource.Register ? Stx : St;
        return assembler.Add(BpfOpcode.Memory(instructionClass, BpfMode.Mem, size), address, value.Register, offset, value.Immediate);
    }
}

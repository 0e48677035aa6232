using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace EbpfNet.Instructions;

/// <summary>
/// One slot of a program: 8 bytes, in memory exactly this machine's <c>struct bpf_insn</c>, so that an array of them is what the kernel is given.
/// Most instructions are one slot; the 64-bit constant (<see cref="IsLoadImm64"/>) is two, of which the second carries only the upper half.
/// </summary>
/// <remarks>
/// Any 8 bytes are an instruction here, also those that no kernel accepts: <see cref="BpfInstructionValidator"/> tells them apart, <see cref="BpfAssembler"/> makes
/// only good ones. To read and write the bytes of an object file of either byte order, see <see cref="BpfInstructionCodec"/>.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = Size)]
public readonly struct BpfInstruction : IEquatable<BpfInstruction>
{
    /// <summary>The size of a slot: 8 bytes.</summary>
    public const int Size = 8;

    private readonly byte _code;
    private readonly byte _registers;
    private readonly short _offset;
    private readonly int _immediate;

    /// <summary>Puts the fields together; nothing is checked but that the registers fit into their four bits each.</summary>
    /// <param name="opcode">What to do (<c>code</c>).</param>
    /// <param name="destination">The destination register (<c>dst_reg</c>).</param>
    /// <param name="source">The source register, or what stands in its place (<c>src_reg</c>).</param>
    /// <param name="offset">The offset in bytes or slots (<c>off</c>).</param>
    /// <param name="immediate">The constant (<c>imm</c>).</param>
    /// <exception cref="ArgumentOutOfRangeException">A register number is above 15.</exception>
    public BpfInstruction(BpfOpcode opcode, BpfRegister destination = BpfRegister.R0, BpfRegister source = BpfRegister.R0, short offset = 0, int immediate = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)destination, 15, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)source, 15, nameof(source));
        _code = opcode.Value;
        // C puts the first bit field into the low bits on little-endian machines and into the high bits on big-endian ones.
        _registers = BitConverter.IsLittleEndian
            ? (byte)((int)destination | ((int)source << 4))
            : (byte)(((int)destination << 4) | (int)source);
        _offset = offset;
        _immediate = immediate;
    }

    private BpfInstruction(byte code, byte registers, short offset, int immediate)
    {
        _code = code;
        _registers = registers;
        _offset = offset;
        _immediate = immediate;
    }

    /// <summary>What to do (<c>code</c>).</summary>
    public BpfOpcode Opcode => new(_code);

    /// <summary>The destination register (<c>dst_reg</c>).</summary>
    public BpfRegister Destination => (BpfRegister)(BitConverter.IsLittleEndian ? _registers & 0x0f : _registers >> 4);

    /// <summary>The source register (<c>src_reg</c>); in calls and 64-bit constants it is a selector, see <see cref="PseudoCall"/> and <see cref="PseudoSource"/>.</summary>
    public BpfRegister Source => (BpfRegister)(BitConverter.IsLittleEndian ? _registers >> 4 : _registers & 0x0f);

    /// <summary>The offset (<c>off</c>): bytes in memory accesses, slots in jumps, a variant of the operation in arithmetic.</summary>
    public short Offset => _offset;

    /// <summary>The constant (<c>imm</c>).</summary>
    public int Immediate => _immediate;

    /// <summary>The source register field of a 64-bit constant, read as what the constant stands for.</summary>
    public BpfPseudoSource PseudoSource => (BpfPseudoSource)Source;

    /// <summary>The source register field of a call, read as whom it calls.</summary>
    public BpfPseudoCall PseudoCall => (BpfPseudoCall)Source;

    /// <summary>The immediate of an atomic operation, read as its name.</summary>
    public BpfAtomicOperation AtomicOperation => (BpfAtomicOperation)_immediate;

    /// <summary>Whether this is the first slot of the two of a 64-bit constant (<c>BPF_LD | BPF_IMM | BPF_DW</c>).</summary>
    public bool IsLoadImm64 => Opcode == BpfOpcode.LoadImm64;

    /// <summary>How many slots the instruction that starts here takes: 2 for a 64-bit constant, else 1.</summary>
    public int SlotCount => IsLoadImm64 ? 2 : 1;

    /// <summary>Whether this loads the address of a function of the program (<c>BPF_PSEUDO_FUNC</c>).</summary>
    public bool IsFunctionAddress => IsLoadImm64 && PseudoSource == BpfPseudoSource.Function;

    /// <summary>Whether this calls a helper of the kernel, whose number is <see cref="Immediate"/>.</summary>
    public bool IsHelperCall => Opcode == BpfOpcode.Call && PseudoCall == BpfPseudoCall.Helper;

    /// <summary>Whether this calls a function of the program (<c>BPF_PSEUDO_CALL</c>), <see cref="Immediate"/> slots after the next one.</summary>
    public bool IsFunctionCall => Opcode == BpfOpcode.Call && PseudoCall == BpfPseudoCall.Function;

    /// <summary>Whether this calls a kernel function (<c>BPF_PSEUDO_KFUNC_CALL</c>), whose BTF id is <see cref="Immediate"/>.</summary>
    public bool IsKfuncCall => Opcode == BpfOpcode.Call && PseudoCall == BpfPseudoCall.Kfunc;

    /// <summary>Whether this is exit.</summary>
    public bool IsExit => Opcode == BpfOpcode.Exit;

    /// <summary>Whether two instructions are the same in every field.</summary>
    public static bool operator ==(BpfInstruction left, BpfInstruction right) => left.Equals(right);

    /// <summary>Whether two instructions differ in any field.</summary>
    public static bool operator !=(BpfInstruction left, BpfInstruction right) => !left.Equals(right);

    /// <summary>The two slots of a 64-bit constant.</summary>
    /// <param name="destination">The register that receives it.</param>
    /// <param name="value">The constant; its lower half goes into the first slot, its upper half into the second.</param>
    public static (BpfInstruction First, BpfInstruction Second) LoadImm64(BpfRegister destination, ulong value) =>
        LoadImm64(destination, BpfPseudoSource.None, (int)(uint)value, (int)(uint)(value >> 32));

    /// <summary>The two slots of a 64-bit constant of any kind.</summary>
    /// <param name="destination">The register that receives it.</param>
    /// <param name="source">What the constant stands for.</param>
    /// <param name="first">The immediate of the first slot.</param>
    /// <param name="second">The immediate of the second slot.</param>
    public static (BpfInstruction First, BpfInstruction Second) LoadImm64(BpfRegister destination, BpfPseudoSource source, int first, int second) =>
        (new BpfInstruction(BpfOpcode.LoadImm64, destination, (BpfRegister)source, 0, first), new BpfInstruction(default, immediate: second));

    /// <summary>The 64-bit constant that this slot and the next one carry together.</summary>
    /// <param name="second">The slot after this one.</param>
    public ulong ReadImm64(BpfInstruction second) => (uint)_immediate | ((ulong)(uint)second._immediate << 32);

    /// <summary>
    /// The distance of a jump, in slots from the next slot, wherever the instruction keeps it: offset, or immediate for <c>gotol</c>.
    /// Calls, exit and jumps through a register have none.
    /// </summary>
    /// <param name="distance">The distance.</param>
    /// <returns><see langword="false"/> when this is no jump with a fixed distance.</returns>
    public bool TryGetJumpDistance(out int distance)
    {
        BpfOpcode opcode = Opcode;
        bool jumps = opcode.IsJump && opcode.JumpOperation switch
        {
            BpfJumpOperation.Call or BpfJumpOperation.Exit => false,
            BpfJumpOperation.Ja => opcode.Source == BpfSource.Immediate,
            BpfJumpOperation.Jcond => opcode.Value == (byte)((byte)BpfInstructionClass.Jmp | (byte)BpfJumpOperation.Jcond),
            <= BpfJumpOperation.Jcond => true,
            _ => false,
        };
        distance = !jumps ? 0 : IsLongJump ? _immediate : _offset;
        return jumps;
    }

    /// <summary>The same jump with another distance, put where this instruction keeps it.</summary>
    /// <param name="distance">Slots from the next slot.</param>
    /// <exception cref="InvalidOperationException">This is no jump with a fixed distance.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The jump keeps its distance in 16 bits and the new one does not fit.</exception>
    public BpfInstruction WithJumpDistance(int distance)
    {
        if (!TryGetJumpDistance(out _))
        {
            throw new InvalidOperationException($"'{this}' is not a jump with a fixed distance");
        }

        if (IsLongJump)
        {
            return WithImmediate(distance);
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(distance, short.MinValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(distance, short.MaxValue);
        return WithOffset((short)distance);
    }

    /// <summary>The same with another opcode.</summary>
    /// <param name="opcode">The new opcode.</param>
    public BpfInstruction WithOpcode(BpfOpcode opcode) => new(opcode.Value, _registers, _offset, _immediate);

    /// <summary>The same with another destination register.</summary>
    /// <param name="destination">The new register.</param>
    public BpfInstruction WithDestination(BpfRegister destination) => new(Opcode, destination, Source, _offset, _immediate);

    /// <summary>The same with another source register.</summary>
    /// <param name="source">The new register.</param>
    public BpfInstruction WithSource(BpfRegister source) => new(Opcode, Destination, source, _offset, _immediate);

    /// <summary>The same 64-bit constant standing for something else.</summary>
    /// <param name="source">What it stands for; kept in the source register field.</param>
    public BpfInstruction WithPseudoSource(BpfPseudoSource source) => WithSource((BpfRegister)source);

    /// <summary>The same call to another kind of callee.</summary>
    /// <param name="call">Whom it calls; kept in the source register field.</param>
    public BpfInstruction WithPseudoCall(BpfPseudoCall call) => WithSource((BpfRegister)call);

    /// <summary>The same with another offset.</summary>
    /// <param name="offset">The new offset.</param>
    public BpfInstruction WithOffset(short offset) => new(_code, _registers, offset, _immediate);

    /// <summary>The same with another constant.</summary>
    /// <param name="immediate">The new constant.</param>
    public BpfInstruction WithImmediate(int immediate) => new(_code, _registers, _offset, immediate);

    /// <inheritdoc/>
    public bool Equals(BpfInstruction other) =>
        _code == other._code && _registers == other._registers && _offset == other._offset && _immediate == other._immediate;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BpfInstruction other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_code, _registers, _offset, _immediate);

    /// <summary>The instruction as <see cref="BpfDisassembler.Format(BpfInstruction)"/> writes it.</summary>
    public override string ToString() => BpfDisassembler.Format(this);

    /// <summary>The same instruction as a machine of the other byte order keeps it in memory; its fields make no sense here until turned back.</summary>
    internal BpfInstruction ReverseEndianness() =>
        new(_code, (byte)((_registers >> 4) | (_registers << 4)), BinaryPrimitives.ReverseEndianness(_offset), BinaryPrimitives.ReverseEndianness(_immediate));

    private bool IsLongJump => _code == ((byte)BpfInstructionClass.Jmp32 | (byte)BpfJumpOperation.Ja);
}

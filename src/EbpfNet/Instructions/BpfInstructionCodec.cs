using System.Runtime.InteropServices;

namespace EbpfNet.Instructions;

/// <summary>Instructions from and to the bytes of an object file, of either byte order.</summary>
/// <remarks>
/// The orders differ in more than the offset and the immediate: the byte that holds both registers has the destination in its low half in little-endian
/// objects and in its high half in big-endian ones.
/// </remarks>
public static class BpfInstructionCodec
{
    /// <summary>Reads the instructions of a code section or a part of one.</summary>
    /// <param name="bytes">Whole slots of 8 bytes.</param>
    /// <param name="bigEndian">The byte order of <paramref name="bytes"/>.</param>
    /// <param name="section">The name that an error gives to these bytes.</param>
    /// <returns>One instruction per slot, in this machine's order.</returns>
    /// <exception cref="BpfObjectFormatException">The length is not a multiple of 8.</exception>
    public static BpfInstruction[] Decode(ReadOnlySpan<byte> bytes, bool bigEndian, string? section = null)
    {
        int tail = bytes.Length % BpfInstruction.Size;
        if (tail != 0)
        {
            throw new BpfObjectFormatException(
                $"code is made of instructions of {BpfInstruction.Size} bytes, but {tail} bytes are left over after the last whole one", section, bytes.Length - tail);
        }

        BpfInstruction[] instructions = MemoryMarshal.Cast<byte, BpfInstruction>(bytes).ToArray();
        ToOrFromHostOrder(instructions, bigEndian);
        return instructions;
    }

    /// <summary>Reads one instruction.</summary>
    /// <param name="bytes">At least 8 bytes; the first 8 are read.</param>
    /// <param name="bigEndian">Their byte order.</param>
    /// <exception cref="BpfObjectFormatException">There are fewer than 8 bytes.</exception>
    public static BpfInstruction DecodeOne(ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        if (!MemoryMarshal.TryRead(bytes, out BpfInstruction instruction))
        {
            throw new BpfObjectFormatException($"an instruction has {BpfInstruction.Size} bytes, but only {bytes.Length} are left");
        }

        return IsHostOrder(bigEndian) ? instruction : instruction.ReverseEndianness();
    }

    /// <summary>The bytes of instructions as an object file of the given byte order holds them.</summary>
    /// <param name="instructions">The instructions.</param>
    /// <param name="bigEndian">The byte order wanted.</param>
    public static byte[] Encode(ReadOnlySpan<BpfInstruction> instructions, bool bigEndian)
    {
        byte[] bytes = new byte[checked(instructions.Length * BpfInstruction.Size)];
        Encode(instructions, bytes, bigEndian);
        return bytes;
    }

    /// <summary>Writes the bytes of instructions as an object file of the given byte order holds them.</summary>
    /// <param name="instructions">The instructions.</param>
    /// <param name="destination">Receives 8 bytes for each.</param>
    /// <param name="bigEndian">The byte order wanted.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public static void Encode(ReadOnlySpan<BpfInstruction> instructions, Span<byte> destination, bool bigEndian)
    {
        Span<BpfInstruction> slots = MemoryMarshal.Cast<byte, BpfInstruction>(destination);
        instructions.CopyTo(slots);
        ToOrFromHostOrder(slots[..instructions.Length], bigEndian);
    }

    private static bool IsHostOrder(bool bigEndian) => bigEndian != BitConverter.IsLittleEndian;

    private static void ToOrFromHostOrder(Span<BpfInstruction> instructions, bool bigEndian)
    {
        if (IsHostOrder(bigEndian))
        {
            return;
        }

        foreach (ref BpfInstruction instruction in instructions)
        {
            instruction = instruction.ReverseEndianness();
        }
    }
}

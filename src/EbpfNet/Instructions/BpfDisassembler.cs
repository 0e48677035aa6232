using System.Globalization;

namespace EbpfNet.Instructions;

/// <summary>Code as readable text, in the manner of the kernel's verifier: <c>r1 = *(u32 *)(r2 +8)</c>, <c>if r1 s&gt; 7 goto +3</c>.</summary>
/// <remarks>
/// Any bytes have a text: what is not well-formed shows as <c>.insn 0x…</c> with its eight bytes in little-endian file order and the reason behind a semicolon.
/// Distances of jumps and calls are in slots from the next slot. <c>r1</c> is the whole register, <c>w1</c> its lower half. No two different instructions have the same text.
/// </remarks>
public static class BpfDisassembler
{
    /// <summary>One instruction by itself. The first slot of a 64-bit constant is shown as incomplete: use one of the other overloads for it.</summary>
    /// <param name="instruction">The instruction.</param>
    public static string Format(BpfInstruction instruction) => new InstructionText(0, null).Format(instruction, null);

    /// <summary>A 64-bit constant with both slots; of any other instruction only the first slot counts.</summary>
    /// <param name="first">The first slot.</param>
    /// <param name="second">The second slot.</param>
    public static string Format(BpfInstruction first, BpfInstruction second) => new InstructionText(0, null).Format(first, second);

    /// <summary>The instruction at a slot of a program, with both slots of a 64-bit constant.</summary>
    /// <param name="program">The slots of the program.</param>
    /// <param name="slot">The slot where the instruction starts.</param>
    /// <param name="options">Names for slots and symbols.</param>
    /// <exception cref="ArgumentOutOfRangeException">The program has no such slot.</exception>
    public static string Format(ReadOnlySpan<BpfInstruction> program, int slot, BpfDisassemblyOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, program.Length);
        if (slot > 0 && program[slot - 1].IsLoadImm64 && EncodingRules.IsSecondSlot(program[slot]))
        {
            return InstructionText.Raw(program[slot], "second slot of a 64-bit constant");
        }

        return new InstructionText(slot, options).Format(program[slot], slot + 1 < program.Length ? program[slot + 1] : null);
    }

    /// <summary>A whole program, one line for each instruction.</summary>
    /// <param name="program">The slots of the program.</param>
    /// <param name="options">Names for slots and symbols, and what each line shows.</param>
    /// <returns>Lines that each end with a line feed.</returns>
    public static string Disassemble(ReadOnlySpan<BpfInstruction> program, BpfDisassemblyOptions? options = null)
    {
        using StringWriter writer = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Disassemble(program, writer, options);
        return writer.ToString();
    }

    /// <summary>A whole program, one line for each instruction.</summary>
    /// <param name="program">The slots of the program.</param>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="options">Names for slots and symbols, and what each line shows.</param>
    public static void Disassemble(ReadOnlySpan<BpfInstruction> program, TextWriter writer, BpfDisassemblyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        for (int slot = 0; slot < program.Length; slot++)
        {
            if (options?.LabelAt?.Invoke(slot) is string label)
            {
                writer.WriteLine($"{label}:");
            }

            string text = Format(program, slot, options);
            writer.WriteLine(options is { ShowSlots: false } ? text : $"{InstructionText.Number(slot),4}: {text}");
            if (program[slot].IsLoadImm64 && slot + 1 < program.Length && EncodingRules.IsSecondSlot(program[slot + 1]))
            {
                slot++;
            }
        }
    }
}

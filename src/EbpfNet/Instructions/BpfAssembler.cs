using System.Globalization;

namespace EbpfNet.Instructions;

/// <summary>
/// Builds code one instruction at a time. The instructions themselves are extension methods in this namespace, by subject: <see cref="BpfAluInstructions"/>,
/// <see cref="BpfJumpInstructions"/>, <see cref="BpfMemoryInstructions"/> and <see cref="BpfAtomicInstructions"/>.
/// </summary>
/// <example>
/// <code>
/// using static EbpfNet.Instructions.BpfRegister;
///
/// BpfInstruction[] code = new BpfAssembler()
///     .Load32(R2, R1, 0)
///     .Jeq(R2, 0, "empty")
///     .Mov64(R0, 1)
///     .Exit()
///     .Label("empty")
///     .Mov64(R0, 0)
///     .Exit()
///     .ToArray();
/// </code>
/// </example>
public sealed class BpfAssembler
{
    private readonly List<BpfInstruction> _instructions = [];
    private readonly List<(int Slot, BpfLabel Label)> _references = [];
    private readonly Dictionary<string, BpfLabel> _labels = new(StringComparer.Ordinal);
    private int _unnamedLabels;

    /// <summary>How many slots there are so far, which is also the slot of the next instruction.</summary>
    public int SlotCount => _instructions.Count;

    /// <summary>Makes a label that is marked later, or finds the one of that name.</summary>
    /// <param name="name">Its name; without one it gets <c>label#1</c>, <c>label#2</c> and so on.</param>
    public BpfLabel DefineLabel(string? name = null)
    {
        if (name is null)
        {
            do
            {
                name = "label#" + (++_unnamedLabels).ToString(CultureInfo.InvariantCulture);
            }
            while (_labels.ContainsKey(name));
        }

        if (!_labels.TryGetValue(name, out BpfLabel? label))
        {
            _labels.Add(name, label = new BpfLabel(this, name));
        }

        return label;
    }

    /// <summary>Gives the next slot to a label.</summary>
    /// <param name="label">A label of this assembler that is not marked yet.</param>
    /// <exception cref="InvalidOperationException">The label is already marked.</exception>
    /// <exception cref="ArgumentException">The label belongs to another assembler.</exception>
    public BpfAssembler MarkLabel(BpfLabel label)
    {
        ArgumentNullException.ThrowIfNull(label);
        RequireOwn(label);
        if (label.Slot is int slot)
        {
            throw new InvalidOperationException($"label '{label.Name}' already marks instruction {InstructionText.Number(slot)}");
        }

        label.Slot = SlotCount;
        return this;
    }

    /// <summary>Gives the next slot to the label of that name.</summary>
    /// <param name="name">The name that jumps use.</param>
    /// <exception cref="InvalidOperationException">The label is already marked.</exception>
    public BpfAssembler Label(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return MarkLabel(DefineLabel(name));
    }

    /// <summary>Adds a slot as it is, unchecked: for what has no method of its own, and for tests of what the kernel refuses.</summary>
    /// <param name="instruction">The slot.</param>
    public BpfAssembler Emit(BpfInstruction instruction)
    {
        _instructions.Add(instruction);
        return this;
    }

    /// <summary>Adds slots as they are, unchecked.</summary>
    /// <param name="instructions">The slots.</param>
    public BpfAssembler Emit(params ReadOnlySpan<BpfInstruction> instructions)
    {
        _instructions.AddRange(instructions);
        return this;
    }

    /// <summary>The code so far, with the labels resolved. More may be added afterwards.</summary>
    /// <exception cref="InvalidOperationException">A label is used but not marked, or too far from a jump that uses it.</exception>
    public BpfInstruction[] ToArray()
    {
        BpfInstruction[] code = [.. _instructions];
        foreach ((int slot, BpfLabel label) in _references)
        {
            if (label.Slot is not int target)
            {
                throw new InvalidOperationException($"label '{label.Name}', which instruction {InstructionText.Number(slot)} refers to, is not marked");
            }

            code[slot] = Resolve(code[slot], target - slot - 1, slot, label);
        }

        return code;
    }

    /// <summary>Adds an instruction after checking its registers.</summary>
    internal BpfAssembler Add(BpfOpcode opcode, BpfRegister destination = BpfRegister.R0, BpfRegister source = BpfRegister.R0, int offset = 0, int immediate = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)destination, (int)BpfRegister.R10, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)source, (int)BpfRegister.R10, nameof(source));
        ArgumentOutOfRangeException.ThrowIfLessThan(offset, short.MinValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, short.MaxValue);
        return Emit(new BpfInstruction(opcode, destination, source, (short)offset, immediate));
    }

    /// <summary>Adds an instruction that leads somewhere: a jump, a call of a function, or the first slot of a function's address.</summary>
    internal BpfAssembler AddReference(BpfInstruction instruction, BpfJumpTarget target)
    {
        BpfLabel? label = target.Label ?? (target.Name is null ? null : DefineLabel(target.Name));
        if (label is null)
        {
            return Emit(WithDistance(instruction, target.Distance));
        }

        RequireOwn(label);
        _references.Add((SlotCount, label));
        return Emit(instruction);
    }

    private static BpfInstruction Resolve(BpfInstruction instruction, int distance, int slot, BpfLabel label)
    {
        try
        {
            return WithDistance(instruction, distance);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidOperationException(
                $"label '{label.Name}' is {InstructionText.Number(distance)} instructions away from the jump at {InstructionText.Number(slot)}, which reaches from " +
                $"{InstructionText.Number(short.MinValue)} to {InstructionText.Number(short.MaxValue)}; GotoLong reaches further", e);
        }
    }

    private static BpfInstruction WithDistance(BpfInstruction instruction, int distance) =>
        instruction.TryGetJumpDistance(out _) ? instruction.WithJumpDistance(distance) : instruction.WithImmediate(distance);

    private void RequireOwn(BpfLabel label)
    {
        if (!ReferenceEquals(label.Owner, this))
        {
            throw new ArgumentException($"label '{label.Name}' belongs to another assembler", nameof(label));
        }
    }
}

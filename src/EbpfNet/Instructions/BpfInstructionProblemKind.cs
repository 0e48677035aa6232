namespace EbpfNet.Instructions;

/// <summary>The kinds of <see cref="BpfInstructionProblem"/>.</summary>
public enum BpfInstructionProblemKind
{
    /// <summary>The opcode belongs to no instruction.</summary>
    UnknownOpcode,

    /// <summary>A register above R10.</summary>
    InvalidRegister,

    /// <summary>A field that the instruction does not use is not zero.</summary>
    ReservedField,

    /// <summary>A field that selects a variant of the instruction (an atomic operation, a width, a kind of callee or constant) holds none that is known.</summary>
    UnknownVariant,

    /// <summary>A 64-bit constant whose second slot is missing or something else.</summary>
    IncompleteLoadImm64,

    /// <summary>A jump, call or function address that leads out of the code.</summary>
    TargetOutOfRange,

    /// <summary>A jump, call or function address that leads to the second slot of a 64-bit constant.</summary>
    TargetInsideLoadImm64,
}

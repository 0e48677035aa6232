namespace EbpfNet.Instructions;

/// <summary>What <see cref="BpfInstructionValidator"/> looks at.</summary>
[Flags]
public enum BpfInstructionChecks
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Opcodes are known and 64-bit constants have both slots. Every kernel checks this on every instruction, reachable or not.</summary>
    Opcodes = 1,

    /// <summary>
    /// Registers exist, reserved fields are zero, variants are known. Most kernels check this only where the verifier's walk arrives, so code that is never
    /// reached (poisoned by CO-RE, switched off by a constant) may fail here and load all the same.
    /// </summary>
    Fields = 2,

    /// <summary>Jumps stay in the code and do not lead into the middle of a 64-bit constant. Every kernel checks this on every instruction.</summary>
    Jumps = 4,

    /// <summary>The same for calls to functions of the program and for their addresses: true only of linked code, before that the targets are relocations.</summary>
    Calls = 8,

    /// <summary>What holds in the sections of an object file: all but <see cref="Calls"/>.</summary>
    Unlinked = Opcodes | Fields | Jumps,

    /// <summary>What the kernel refuses wherever it stands: all but <see cref="Fields"/>.</summary>
    AlwaysRefused = Opcodes | Jumps | Calls,

    /// <summary>Everything.</summary>
    All = Opcodes | Fields | Jumps | Calls,
}

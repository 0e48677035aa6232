namespace EbpfNet.Instructions;

/// <summary>The second operand of an instruction: a register or a 32-bit constant. Both convert to it without a word.</summary>
public readonly record struct BpfOperand
{
    private BpfOperand(BpfSource source, BpfRegister register, int immediate)
    {
        Source = source;
        Register = register;
        Immediate = immediate;
    }

    /// <summary>Which of the two it is.</summary>
    public BpfSource Source { get; }

    /// <summary>The register, when <see cref="Source"/> says so.</summary>
    public BpfRegister Register { get; }

    /// <summary>The constant, when <see cref="Source"/> says so.</summary>
    public int Immediate { get; }

    /// <summary>A register.</summary>
    /// <param name="register">The register.</param>
    public static implicit operator BpfOperand(BpfRegister register) => new(BpfSource.Register, register, 0);

    /// <summary>A constant; 64-bit instructions sign-extend it.</summary>
    /// <param name="immediate">The constant.</param>
    public static implicit operator BpfOperand(int immediate) => new(BpfSource.Immediate, BpfRegister.R0, immediate);
}

using EbpfNet.Abi;
using EbpfNet.Instructions;

namespace EbpfNet.Features;

/// <summary>What the kernel has to be told, beside its instructions, of the smallest program of a type.</summary>
/// <param name="Type">The type.</param>
/// <param name="Hook">The hook it is for, where loading asks.</param>
/// <param name="Flags">Flags of the load.</param>
/// <param name="Result">What it may return.</param>
/// <param name="Target">The type in the kernel's BTF that stands for what it attaches to; 0 for none.</param>
internal sealed record ProgramForm(BpfProgramType Type, BpfAttachType Hook = default, BpfProgramFlags Flags = BpfProgramFlags.None, int Result = 0, uint Target = 0)
{
    /// <summary>A program of a type that every kernel has, to see whether anything at all is taken.</summary>
    public static ProgramForm Plain { get; } = new(BpfProgramType.SocketFilter);

    /// <summary>Returns at once.</summary>
    public BpfInstruction[] Nothing => Append(new BpfAssembler());

    /// <summary>Returns after some instructions.</summary>
    public BpfInstruction[] Append(BpfAssembler assembler) => assembler.Mov64(BpfRegister.R0, Result).Exit().ToArray();

    public override string ToString() => Hook == default ? Type.CName() : $"{Type.CName()} for {Hook.CName()}";
}

using EbpfNet.Instructions;

namespace EbpfNet;

/// <summary>Looks at a program that the kernel is about to be given: to print it, to keep it, or to compare it with what another loader makes.</summary>
/// <param name="program">The program.</param>
/// <param name="instructions">
/// Its final instructions, one element per slot of 8 bytes: functions linked, adapted to the kernel (CO-RE), with what the kernel resolves by number filled in. Descriptors of maps
/// (the immediate of 64-bit constants of <see cref="BpfPseudoSource.MapFd"/> and <see cref="BpfPseudoSource.MapValue"/>) differ from load to load. Valid only during the call.
/// </param>
public delegate void BpfProgramInspector(BpfProgramSpec program, ReadOnlySpan<BpfInstruction> instructions);

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An element of a <see cref="BpfCpuMap"/>: a CPU that takes packets (<c>struct bpf_cpumap_val</c>).</summary>
/// <param name="QueueSize">How many packets wait for it at most.</param>
/// <param name="ProgramId">The <see cref="BpfProgram.Id"/> of the program that sees the packets there first; 0 for none.</param>
public readonly record struct BpfCpuTarget(int QueueSize, uint ProgramId)
{
    internal static BpfCpuTarget From(in RedirectTarget target) => new((int)target.Number, (uint)target.Program);
}

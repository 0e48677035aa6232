using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An element of a <see cref="BpfDeviceMap"/> or <see cref="BpfDeviceHashMap"/>: where packets leave (<c>struct bpf_devmap_val</c>).</summary>
/// <param name="InterfaceIndex">The interface's index in its network namespace.</param>
/// <param name="ProgramId">The <see cref="BpfProgram.Id"/> of the program that sees the packets before they leave; 0 for none.</param>
public readonly record struct BpfDeviceTarget(int InterfaceIndex, uint ProgramId)
{
    internal static BpfDeviceTarget From(in RedirectTarget target) => new((int)target.Number, (uint)target.Program);
}

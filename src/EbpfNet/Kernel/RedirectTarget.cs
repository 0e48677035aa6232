using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>
/// <c>struct bpf_devmap_val</c> and <c>struct bpf_cpumap_val</c>, which are of one shape: where packets go, and a program that sees them there. Maps whose values have
/// 4 bytes keep the first field only. A test compares sizes and offsets with a C compiler's.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RedirectTarget
{
    /// <summary>The interface's index, or the length of the CPU's queue.</summary>
    public uint Number;

    /// <summary>A union: the program's descriptor when it is written, at or below 0 for none; its id when it is read.</summary>
    public int Program;
}

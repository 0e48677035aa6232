using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>
/// The lock in a value (<c>struct bpf_spin_lock</c>, Linux 5.1): programs hold it while they change the value, and the kernel while user space reads or
/// writes it. A C# struct has it where the C struct does, so that the other fields are in their places.
/// </summary>
/// <remarks>The lock itself is never copied: it reads as zero, and writing leaves it as it is.</remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly struct BpfSpinLock : IEquatable<BpfSpinLock>
{
    private readonly uint _val; // As in C, for the comparison with BTF.

    /// <summary>Whether two locks are equal, which all are: what a copied value has in the lock's place means nothing.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(BpfSpinLock left, BpfSpinLock right) => left.Equals(right);

    /// <summary>Whether two locks differ, which none do.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(BpfSpinLock left, BpfSpinLock right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(BpfSpinLock other) => true;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BpfSpinLock other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => 0;
}

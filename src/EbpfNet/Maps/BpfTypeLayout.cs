using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace EbpfNet;

/// <summary>Where the fields of a C# type sit: what views compare with the C type that BTF describes.</summary>
public sealed class BpfTypeLayout
{
    /// <summary>Describes a type.</summary>
    /// <param name="size">Its size in bytes: <c>sizeof</c>, never <c>Marshal.SizeOf</c>.</param>
    /// <param name="fields">Its fields. Without fields the type is taken as it is and compared by size only.</param>
    public BpfTypeLayout(int size, params ImmutableArray<BpfFieldLayout> fields)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        Size = size;
        Fields = fields.IsDefault ? [] : fields;
    }

    /// <summary>The size in bytes.</summary>
    public int Size { get; }

    /// <summary>The fields, in any order; empty for a type that is compared by size only.</summary>
    public ImmutableArray<BpfFieldLayout> Fields { get; }

    /// <summary>
    /// The layout of a type: its own description (<see cref="IBpfLayout{TSelf}"/>), else what reflection says. A nested struct without a description
    /// is looked into under the JIT; with NativeAOT, which keeps no names of its fields, it is compared by offset and size.
    /// </summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <exception cref="BpfLayoutException">The runtime may order the fields of the type as it likes (<c>LayoutKind.Auto</c>).</exception>
    public static BpfTypeLayout Of<[DynamicallyAccessedMembers(BpfLayout.Members)] T>()
        where T : unmanaged => LayoutReader.Read<T>("BPF data");
}

/// <summary>A field of a C# type.</summary>
/// <param name="Name">The name of the C field; case and underscores do not matter unless <paramref name="IsExactName"/> is set.</param>
/// <param name="Offset">Where it is, in bytes from the start of the type.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Type">The layout of its type, where that is a struct whose fields are to be compared too.</param>
/// <param name="IsExactName">Whether the name is the C field's, letter by letter.</param>
public readonly record struct BpfFieldLayout(string Name, int Offset, int Size, BpfTypeLayout? Type = null, bool IsExactName = false)
{
    internal int End => Offset + Size;
}

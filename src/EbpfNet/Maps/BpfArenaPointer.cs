using System.Globalization;

namespace EbpfNet;

/// <summary>A pointer into an arena, as programs have it in their structs (<c>struct node __arena *next</c>): 8 bytes.</summary>
/// <param name="Address">The address, the same for programs and for every process that maps the arena; 0 for none.</param>
public readonly record struct BpfArenaPointer(ulong Address)
{
    /// <summary>The pointer to nothing (<c>NULL</c>).</summary>
    public static BpfArenaPointer Null => default;

    /// <summary>Whether it points to nothing.</summary>
    public bool IsNull => Address == 0;

    /// <summary>A place some bytes further on.</summary>
    /// <param name="pointer">The pointer.</param>
    /// <param name="bytes">How many bytes; negative to go back.</param>
    public static BpfArenaPointer operator +(BpfArenaPointer pointer, long bytes) => pointer.Add(bytes);

    /// <summary>A place some bytes further on.</summary>
    /// <param name="bytes">How many bytes; negative to go back.</param>
    public BpfArenaPointer Add(long bytes) => new(unchecked(Address + (ulong)bytes));

    /// <summary>The address in hexadecimal.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Address:x}");
}

using System.Collections.Immutable;
using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>A type that the generated class declares.</summary>
/// <param name="Name">Its name in C#.</param>
/// <param name="CName">What it is in C, in full: <c>struct flow_key</c>.</param>
internal abstract record TypeDefinition(string Name, string CName);

/// <summary>A struct or a union.</summary>
/// <param name="Name">Its name in C#.</param>
/// <param name="CName">What it is in C.</param>
/// <param name="Id">The type in the object's BTF.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="IsPacked">Whether the runtime would not put the fields there of itself, or not give the struct this size.</param>
/// <param name="Fields">Its fields, those of anonymous structs and unions inside included.</param>
internal sealed record StructDefinition(string Name, string CName, BtfTypeId Id, int Size, bool IsPacked, ImmutableArray<FieldDefinition> Fields) : TypeDefinition(Name, CName);

/// <summary>A field of a struct or union.</summary>
/// <param name="Name">Its name in C#.</param>
/// <param name="CName">Its name in C.</param>
/// <param name="Declaration">The declaration in C: <c>__u32 ports[4]</c>.</param>
/// <param name="Type">Its type; <see langword="null"/> where C# has none: then there is no field, and the bytes are left out.</param>
/// <param name="BitOffset">Where it is, in bits.</param>
/// <param name="BitWidth">How many bits a bit field has; 0 for others.</param>
/// <param name="Size">How many bytes it takes; those that its bits lie in for a bit field.</param>
internal sealed record FieldDefinition(string Name, string CName, string Declaration, CSharpType? Type, int BitOffset, int BitWidth, int Size)
{
    public int Offset => BitOffset / 8;
}

/// <summary>An enumeration.</summary>
/// <param name="Name">Its name in C#.</param>
/// <param name="CName">What it is in C.</param>
/// <param name="Underlying">What it counts in.</param>
/// <param name="Members">Names in C#, in C, and values.</param>
internal sealed record EnumDefinition(string Name, string CName, CSharpType Underlying, ImmutableArray<(string Name, BtfEnumerator Source)> Members) : TypeDefinition(Name, CName);

/// <summary>An array of fixed length, as a field.</summary>
/// <param name="Name">Its name in C#.</param>
/// <param name="CName">What it is in C.</param>
/// <param name="Element">What it is of.</param>
/// <param name="Length">How many of them.</param>
/// <param name="IsText">Whether it is text: <c>char[16]</c>.</param>
internal sealed record ArrayDefinition(string Name, string CName, CSharpType Element, int Length, bool IsText) : TypeDefinition(Name, CName);

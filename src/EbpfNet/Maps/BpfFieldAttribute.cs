namespace EbpfNet;

/// <summary>Names the C field that a C# field stands for, where the names differ by more than case and underscores.</summary>
/// <remarks>On an automatic property: <c>[field: BpfField("daddr")]</c>.</remarks>
/// <param name="name">The name of the field in the C struct, or in an anonymous struct or union within it.</param>
[AttributeUsage(AttributeTargets.Field)]
public sealed class BpfFieldAttribute(string name) : Attribute
{
    /// <summary>The name of the field in C.</summary>
    public string Name { get; } = name;
}

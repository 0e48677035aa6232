namespace EbpfNet.Tool.Generate;

/// <summary>What the generated source depends on besides the object.</summary>
/// <param name="ObjectName">The object's file name: <c>xdp_drop.bpf.o</c>.</param>
/// <param name="Namespace">The class's namespace.</param>
/// <param name="Class">The class's name; <see langword="null"/> for one after the object.</param>
/// <param name="Resource">The resource that holds the object, or <see langword="null"/> where it is given as a file.</param>
/// <param name="Types">Types to declare besides those that maps, variables and functions need, by their names in C.</param>
internal sealed record GeneratorOptions(string ObjectName, string Namespace, string? Class = null, string? Resource = null, params IReadOnlyList<string> Types)
{
    /// <summary>What is put behind the object's name where <see cref="Class"/> is not given.</summary>
    public string ClassSuffix { get; init; } = "";
}

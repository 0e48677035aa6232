namespace EbpfNet;

/// <summary>A C# type does not have the size or the layout that the BPF object's BTF gives for the same data.</summary>
/// <remarks>Raised when a typed view is made, never while it is used.</remarks>
public sealed class BpfLayoutException : BpfException
{
    /// <summary>Creates an exception for a type that does not fit.</summary>
    /// <param name="typeName">The C# type.</param>
    /// <param name="target">What it was to describe: <c>the value of map 'flows'</c>.</param>
    /// <param name="problem">What differs and what to do about it, as a sentence without a final full stop.</param>
    /// <param name="fieldName">The field that differs, when it is a field.</param>
    /// <param name="actualOffset">Where the field, or the type's end, is in C#, in bytes.</param>
    /// <param name="expectedOffset">Where BTF has it, in bytes.</param>
    public BpfLayoutException(string typeName, string target, string problem, string? fieldName = null, int? actualOffset = null, int? expectedOffset = null)
        : base($"{typeName} does not fit {target}: {problem}.")
    {
        TypeName = typeName;
        Target = target;
        FieldName = fieldName;
        ActualOffset = actualOffset;
        ExpectedOffset = expectedOffset;
    }

    /// <summary>The C# type.</summary>
    public string TypeName { get; }

    /// <summary>What the type was to describe.</summary>
    public string Target { get; }

    /// <summary>The field that differs, when it is a field.</summary>
    public string? FieldName { get; }

    /// <summary>Where the field is in C#, in bytes from the start of the type.</summary>
    public int? ActualOffset { get; }

    /// <summary>Where BTF has it, in bytes from the start of the type.</summary>
    public int? ExpectedOffset { get; }
}

namespace EbpfNet;

/// <summary>
/// Bytes that were given as an ELF object, BTF or BPF instructions are malformed, or use a form that no loader accepts.
/// </summary>
public sealed class BpfObjectFormatException : BpfException
{
    /// <summary>Creates an exception for a place in an object.</summary>
    /// <param name="problem">What is wrong there and what was expected, as a sentence without a final full stop.</param>
    /// <param name="section">The section or structure that was being read, for example <c>.BTF</c> or <c>ELF header</c>.</param>
    /// <param name="offset">The byte offset within that section, or <see langword="null"/> when no single place is at fault.</param>
    /// <param name="objectName">The file or object that was being read, when it has a name.</param>
    /// <param name="innerException">What was reported first, when this exception adds to it.</param>
    public BpfObjectFormatException(string problem, string? section = null, long? offset = null, string? objectName = null, Exception? innerException = null)
        : base(Describe(problem, section, offset, objectName), innerException)
    {
        Problem = problem;
        Section = section;
        Offset = offset;
        ObjectName = objectName;
    }

    /// <summary>What is wrong and what was expected, without the place.</summary>
    public string Problem { get; }

    /// <summary>The section or structure that was being read, for example <c>.BTF</c>.</summary>
    public string? Section { get; }

    /// <summary>The byte offset within <see cref="Section"/>, or <see langword="null"/> when no single place is at fault.</summary>
    public long? Offset { get; }

    /// <summary>The file or object that was being read, when it has a name.</summary>
    public string? ObjectName { get; }

    /// <summary>The same complaint with the object's name filled in, for a caller that knows it.</summary>
    internal BpfObjectFormatException WithObjectName(string objectName) =>
        ObjectName is not null ? this : new BpfObjectFormatException(Problem, Section, Offset, objectName, this);

    private static string Describe(string problem, string? section, long? offset, string? objectName)
    {
        string place = (section, offset) switch
        {
            (not null, not null) => $"{section} at offset 0x{offset:x}: ",
            (not null, null) => $"{section}: ",
            (null, not null) => $"offset 0x{offset:x}: ",
            _ => "",
        };
        return objectName is null ? $"{place}{problem}." : $"{objectName}: {place}{problem}.";
    }
}

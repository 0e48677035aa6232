namespace EbpfNet;

/// <summary>The programs of an object, by name and in the object's order, and which of them stand for one another.</summary>
public sealed class BpfProgramSpecCollection : BpfNamedCollection<BpfProgramSpec>
{
    private readonly List<IReadOnlyList<BpfProgramSpec>> _alternatives = [];

    internal BpfProgramSpecCollection(string objectName)
        : base(objectName, "program")
    {
    }

    /// <summary>The groups of which one program is to be loaded, each in the order of preference.</summary>
    internal IReadOnlyList<IReadOnlyList<BpfProgramSpec>> Alternatives => _alternatives;

    /// <summary>
    /// Says that programs do the same in different ways, of which kernels may not have all: loading tries them in this order and keeps the first that works; the rest is not loaded.
    /// What was taken, and why, is then in <c>BpfObject.Choices</c>.
    /// </summary>
    /// <param name="names">Two programs or more, the best first. The AutoLoad of all is turned on; turned off afterwards, it takes a program out.</param>
    /// <remarks>
    /// A program is passed over when the kernel does not have what it attaches to, or refuses every program of its kind: it is asked with the smallest there is. What is wrong with
    /// the program itself, and capabilities that this process lacks, are reported as for any other program.
    /// </remarks>
    /// <exception cref="KeyNotFoundException">There is no program of one of the names.</exception>
    /// <exception cref="ArgumentException">There are fewer than two names, one is there twice, or is one of another group's.</exception>
    public void FirstOf(params string[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        BpfProgramSpec[] group = [.. names.Select(name => this[name])];
        if (group.Length < 2)
        {
            throw new ArgumentException("Alternatives are two programs or more.", nameof(names));
        }

        foreach (BpfProgramSpec program in group)
        {
            if (group.Count(other => other == program) > 1 || IsAlternative(program))
            {
                throw new ArgumentException($"Program '{program.Name}' is an alternative already.", nameof(names));
            }
        }

        foreach (BpfProgramSpec program in group)
        {
            program.AutoLoad = true;
        }

        _alternatives.Add(group);
    }

    /// <summary>Whether a program is loaded only if those before it cannot be.</summary>
    internal bool IsAlternative(BpfProgramSpec program) => _alternatives.Any(group => group.Contains(program));
}

using EbpfNet.Btf;

namespace EbpfNet.Objects;

/// <summary>
/// Finds the functions that the kernel calls when a program throws: the program's function has a tag <c>exception_callback:NAME</c>. The kernel goes by the same tag; all
/// that is left to a loader is to give it the function with the program, because no instruction refers to it.
/// </summary>
internal static class ExceptionCallbacks
{
    private const string Prefix = "exception_callback:";

    /// <summary>Reads the tags of all programs. What is wrong with one is the matter of its program.</summary>
    /// <param name="spec">The object, its programs known.</param>
    /// <param name="section">The section of subprograms, where callbacks are.</param>
    /// <param name="functions">All functions of the object.</param>
    public static void Read(BpfObjectSpec spec, string section, IReadOnlyList<BpfFunction> functions)
    {
        if (spec.Btf is not { } btf || spec.Programs.Count == 0)
        {
            return;
        }

        Dictionary<BtfTypeId, BpfFunction> programs = [];
        foreach (BpfProgramSpec program in spec.Programs)
        {
            if (!program.Function.Type.IsVoid)
            {
                programs.TryAdd(program.Function.Type, program.Function);
            }
        }

        HashSet<BpfFunction> seen = new(ReferenceEqualityComparer.Instance);
        for (BtfTypeId id = btf.FirstId; id.Value < (uint)btf.TypeCount; id = new BtfTypeId(id.Value + 1))
        {
            if (btf.GetKind(id) == BtfKind.DeclTag && btf.Get<BtfDeclTag>(id) is { ComponentIndex: -1 } tag && tag.Value.StartsWith(Prefix, StringComparison.Ordinal)
                && programs.TryGetValue(tag.Target, out BpfFunction? program))
            {
                // Of two, the kernel refuses to choose, and says so: it gets neither.
                bool isFirst = seen.Add(program);
                string name = tag.Value[Prefix.Length..];
                program.ExceptionCallback = isFirst ? functions.FirstOrDefault(function => function.SectionName == section && function.Name == name && !function.IsLocal) : null;
                program.ExceptionCallbackProblem = isFirst ? Check(name, program.ExceptionCallback) : null;
            }
        }
    }

    private static (string, string)? Check(string name, BpfFunction? callback) => callback switch
    {
        null when name.Length == 0 => (Prefix, "the program's tag for an exception callback names no function"),
        null => (name, "it is named as the program's exception callback, and the object has no global function of this name outside of program sections"),
        { IsHidden: true } => (name, "it is named as the program's exception callback, which has to be global and visible, and it is hidden"),
        _ => null,
    };
}

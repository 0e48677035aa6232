namespace EbpfNet.Tool.Generate;

/// <summary>Makes C# of an object.</summary>
internal static class ObjectGenerator
{
    /// <summary>The C# source with the class for an object.</summary>
    /// <exception cref="BpfObjectFormatException">The object's types make no sense.</exception>
    /// <exception cref="UsageException">An option names what there is not.</exception>
    public static string Generate(BpfObjectSpec spec, GeneratorOptions options)
    {
        RequireNames(options.Namespace, "namespace", allowDots: true);
        return ClassWriter.Write(new ObjectModel(spec, ClassName(spec, options), options.Types), options);
    }

    /// <summary>The name of the class: the one that was given, or the object's. C# lets no class have the name of one of its members, so of <c>load.bpf.o</c> it is <c>LoadObject</c>.</summary>
    /// <exception cref="UsageException">What was given is no name for it.</exception>
    public static string ClassName(BpfObjectSpec spec, GeneratorOptions options)
    {
        string name = options.Class ?? DotNetNames.Pascal(spec.Name) + options.ClassSuffix;
        RequireNames(name, "class", allowDots: false);
        return !ObjectModel.IsOfEveryClass(name) ? name
            : options.Class is null ? name + "Object"
            : throw new UsageException($"'{name}' is no name for the class: one of its members is called so");
    }

    private static void RequireNames(string text, string what, bool allowDots)
    {
        foreach (string part in allowDots ? text.Split('.') : [text])
        {
            if (part.Length == 0 || !(char.IsLetter(part[0]) || part[0] == '_') || !part.All(c => char.IsLetterOrDigit(c) || c == '_') || CSharpKeywords.Contains(part))
            {
                throw new UsageException($"'{text}' is no name for a {what}");
            }
        }
    }
}

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
        string name = options.Class ?? DotNetNames.Pascal(spec.Name);
        RequireNames(name, "class", allowDots: false);
        return ClassWriter.Write(new ObjectModel(spec, name, options.Types), options);
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

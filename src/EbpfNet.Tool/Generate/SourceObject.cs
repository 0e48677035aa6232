namespace EbpfNet.Tool.Generate;

/// <summary>The object of a C source: compiled where there is a compiler, else the one that stands beside it.</summary>
internal static class SourceObject
{
    /// <summary>There is neither a compiler nor an object.</summary>
    public const string NothingToCompileWith = "EBPF0004";

    /// <summary>The object is older than its source.</summary>
    public const string OlderThanItsSource = "EBPF0006";

    /// <summary>Writes the object.</summary>
    /// <param name="source">The source: <c>x.bpf.c</c>.</param>
    /// <param name="target">The object to write.</param>
    /// <param name="clang">The compiler, or <see langword="null"/> where there is none.</param>
    /// <param name="options">How to compile.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The files that it was made of; <see langword="null"/> where there is no object, and that was said.</returns>
    public static async Task<string[]?> MakeAsync(string source, string target, string? clang, CompileOptions options, CancellationToken cancel)
    {
        if (clang is not null)
        {
            return await ClangCompiler.CompileAsync(clang, source, target, options, cancel);
        }

        string beside = Path.ChangeExtension(source, ".o");
        if (!File.Exists(source) || !File.Exists(beside))
        {
            string problem = !File.Exists(source) ? "there is no such file" : $"there is no clang to compile it with, and no {Path.GetFileName(beside)} beside it; install clang, or commit the object";
            await Console.Error.WriteLineAsync($"{source}: error {NothingToCompileWith}: {problem}");
            return null;
        }

        BpfObjectSpec spec = BpfObjectSpec.ReadFile(beside);
        Dictionary<string, string> sources = ObjectAge.FindSources(spec, source, [.. options.IncludeFolders, .. options.LastFolders]);
        if (ObjectAge.FindDifference(spec, beside, sources) is { } difference)
        {
            await Console.Error.WriteLineAsync($"{beside}: warning {OlderThanItsSource}: there is no clang, and this object seems older than {Path.GetFileName(source)}: {BuildErrors.OneLine(difference)}");
        }

        // What stays the same keeps its time, so that nothing is compiled again for it.
        byte[] bytes = await File.ReadAllBytesAsync(beside, cancel);
        byte[] there = File.Exists(target) ? await File.ReadAllBytesAsync(target, cancel) : [];
        if (!bytes.AsSpan().SequenceEqual(there))
        {
            await File.WriteAllBytesAsync(target, bytes, cancel);
        }

        return [.. sources.Values.Distinct(), beside];
    }
}

using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>Finds tracepoints, and says what there is instead of those that are not there.</summary>
internal static class TracepointErrors
{
    /// <summary>The number of a tracepoint.</summary>
    /// <exception cref="BpfSyscallException">There is none of that name.</exception>
    /// <exception cref="BpfNotSupportedException">tracefs is not mounted.</exception>
    public static ulong FindId(BpfProgram program, string category, string name)
    {
        string folder = TraceFileSystem.Find() ?? throw new BpfNotSupportedException($"Attaching {program} to tracepoint '{category}/{name}'", $"{TraceFileSystem.Advice}; the numbers of tracepoints are only there");
        bool isName = !category.Contains('/', StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal) && category is not ("." or "..") && name is not ("." or "..");
        return (isName ? TraceFileSystem.ReadEventId(folder, category, name) : null) ?? throw SyscallErrors.Create(
            BpfErrno.ENOENT, "open", $"attach {program} to tracepoint '{category}/{name}'", Explain(category, name, part => TraceFileSystem.ReadFolders($"{folder}/events{part}")));
    }

    /// <param name="category">The category that was asked for.</param>
    /// <param name="name">The name that was asked for.</param>
    /// <param name="list">The names in the folder of events, and below.</param>
    internal static string Explain(string category, string name, Func<string, IEnumerable<string>> list)
    {
        string[] categories = [.. list("").Order(StringComparer.Ordinal)];
        if (categories.Contains(category))
        {
            string[] names = [.. list("/" + category)];
            return NearestName.Find(name, names) is { } nearest
                ? $"`{name}`: did you mean `{nearest}`?"
                : Elsewhere(category, name, categories, list) ?? $"The category '{category}' has {names.Length} tracepoints and none of that name";
        }

        return Elsewhere(category, name, categories, list)
            ?? (NearestName.Find(category, categories) is { } near
                ? $"There is no category '{category}'. `{category}`: did you mean `{near}`?"
                : $"There is no category '{category}'; the kernel may have been built without it, or its module may not be loaded");
    }

    private static string? Elsewhere(string category, string name, string[] categories, Func<string, IEnumerable<string>> list) =>
        categories.FirstOrDefault(other => other != category && list("/" + other).Contains(name)) is { } found ? $"`{category}/{name}`: did you mean `{found}/{name}`?" : null;
}

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The kernel's functions that links to many can be attached to, as tracefs lists them.</summary>
internal static class TraceableFunctions
{
    private const string FileName = "available_filter_functions";

    /// <summary>Those that match a pattern: of the kernel itself, and of modules.</summary>
    /// <exception cref="BpfNotSupportedException">tracefs is not mounted, or does not tell.</exception>
    public static (string[] Kernel, string[] Modules) Find(string pattern, string operation)
    {
        string folder = TraceFileSystem.Find() ?? throw new BpfNotSupportedException(operation, $"{TraceFileSystem.Advice}. Which functions a pattern stands for is only there; functions that are named one by one need it not");
        string[] lines = TraceFileSystem.ReadLines($"{folder}/{FileName}");
        return lines.Length > 0 ? Parse(lines, pattern) : throw new BpfNotSupportedException(operation, $"{folder}/{FileName} is missing or may not be read: the kernel has to be built with CONFIG_DYNAMIC_FTRACE");
    }

    /// <summary>Takes lines such as <c>tcp_close</c> and <c>nf_hook [nf_tables]</c>; those of functions whose code was freed have no name.</summary>
    internal static (string[] Kernel, string[] Modules) Parse(IEnumerable<string> lines, string pattern)
    {
        var kernel = new HashSet<string>(StringComparer.Ordinal);
        var modules = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            int end = line.AsSpan().IndexOfAny(' ', '\t');
            string name = end < 0 ? line : line[..end];
            if (name.Length > 0 && !name.StartsWith("__ftrace_invalid_address___", StringComparison.Ordinal) && Glob.Matches(pattern, name))
            {
                (end < 0 ? kernel : modules).Add(name);
            }
        }

        modules.ExceptWith(kernel);
        return ([.. kernel.Order(StringComparer.Ordinal)], [.. modules.Order(StringComparer.Ordinal)]);
    }
}

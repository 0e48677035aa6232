using System.Text;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>The names of the kernel's functions, and which of them may be probed, as far as the kernel tells this process.</summary>
internal static class KernelFunctions
{
    private const string SymbolsFile = "/proc/kallsyms";
    private const int MostShown = 4;

    private static readonly string[] Blacklists = ["/sys/kernel/debug/kprobes/blacklist"];

    /// <summary>All names, of modules too, in no order; none where the kernel keeps them from this process.</summary>
    public static IEnumerable<string> ReadNames()
    {
        try
        {
            return ParseNames(File.ReadAllBytes(SymbolsFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The names of code in text of the form of <c>/proc/kallsyms</c>.</summary>
    internal static List<string> ParseNames(byte[] text)
    {
        var names = new List<string>();
        foreach (Range range in SymbolText.Lines(text))
        {
            var words = new SymbolText(text.AsSpan(range));
            if (!words.Next().IsEmpty && words.Next() is [(byte)'t' or (byte)'T' or (byte)'w' or (byte)'W'] && words.Next() is { IsEmpty: false } name)
            {
                names.Add(Encoding.UTF8.GetString(name));
            }
        }

        return names;
    }

    /// <summary>Whether the kernel says that it does not let this function be probed; also where it does not say.</summary>
    public static bool IsBlacklisted(string function)
    {
        foreach (string file in Blacklists)
        {
            try
            {
                // Address range, tab, name.
                if (File.ReadLines(file).Any(line => line.EndsWith("\t" + function, StringComparison.Ordinal)))
                {
                    return true;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // debugfs is not mounted.
            }
        }

        return false;
    }

    /// <summary>What there is instead of a function that is not there; <see langword="null"/> when it is there, or nothing is known.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="names">The names that there are.</param>
    public static string? DescribeMissing(string function, IEnumerable<string> names)
    {
        string[] all = [.. names.Distinct(StringComparer.Ordinal)];
        if (all.Length == 0 || all.Contains(function))
        {
            return null;
        }

        string[] parts = [.. all.Where(name => name.StartsWith(function + ".", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(MostShown)];
        return parts.Length > 0
            ? $"The compiler has made {string.Join(", ", parts.Select(part => $"`{part}`"))} of `{function}`, whose arguments may be others"
            : NearestName.Find(function, all) is { } nearest
                ? $"`{function}`: did you mean `{nearest}`?"
                : "The kernel has no function of that name: it may be inlined everywhere, or be in a module that is not loaded";
    }
}

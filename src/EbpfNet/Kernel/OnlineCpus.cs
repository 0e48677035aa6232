using System.Globalization;

namespace EbpfNet.Kernel;

/// <summary>The CPUs that run at this moment.</summary>
internal static class OnlineCpus
{
    private const string Path = "/sys/devices/system/cpu/online";

    /// <summary>Their numbers, ascending; <see langword="null"/> where sysfs does not tell.</summary>
    public static IReadOnlyList<int>? Read()
    {
        try
        {
            return Parse(File.ReadAllText(Path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A kernel's list, <c>0-3,8-11</c>; <see langword="null"/> when it is none.</summary>
    public static IReadOnlyList<int>? Parse(ReadOnlySpan<char> list)
    {
        const int TooMany = 1 << 16;
        var cpus = new List<int>();
        foreach (Range part in list.Split(','))
        {
            ReadOnlySpan<char> range = list[part].Trim();
            int dash = range.IndexOf('-');
            if (!TryParse(dash < 0 ? range : range[..dash], out int first) || !TryParse(range[(dash + 1)..], out int last) || last < first || last >= TooMany)
            {
                return null;
            }

            cpus.AddRange(Enumerable.Range(first, last - first + 1));
        }

        return cpus;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

using System.Globalization;

namespace EbpfNet.Kernel;

/// <summary>The CPUs that this machine could ever have: a per-CPU map keeps a value for each, present or not.</summary>
internal static class PossibleCpus
{
    private const string Path = "/sys/devices/system/cpu/possible";

    private static int _count;

    public static int Count => _count != 0 ? _count : _count = Read();

    /// <summary>How many CPUs a kernel's list names: <c>0-3,8-11</c>. Zero when it is none.</summary>
    public static int CountList(ReadOnlySpan<char> list)
    {
        int count = 0;
        foreach (Range part in list.Split(','))
        {
            ReadOnlySpan<char> range = list[part].Trim();
            int dash = range.IndexOf('-');
            if (!TryParse(dash < 0 ? range : range[..dash], out int first) || !TryParse(range[(dash + 1)..], out int last) || last < first)
            {
                return 0;
            }

            count += last - first + 1;
        }

        return count;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static int Read()
    {
        try
        {
            string text = File.ReadAllText(Path);
            int count = CountList(text);
            return count > 0 ? count : throw NotKnown($"'{Path}' says '{text.Trim()}', which is no list of CPUs", null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotKnown($"'{Path}' cannot be read ({e.Message}); is sysfs mounted at /sys?", e);
        }
    }

    private static BpfNotSupportedException NotKnown(string reason, Exception? inner) => new("access to per-CPU maps", reason, innerException: inner);
}

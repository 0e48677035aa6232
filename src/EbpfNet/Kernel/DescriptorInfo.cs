using System.Globalization;

namespace EbpfNet.Kernel;

/// <summary>What <c>/proc/self/fdinfo</c> tells about a descriptor of the kernel's: a name and a value in each line.</summary>
internal sealed class DescriptorInfo
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Reads it; empty where there is no <c>/proc</c>.</summary>
    public static DescriptorInfo Read(BpfHandle handle)
    {
        var info = new DescriptorInfo();
        using BpfHandle.Lease fd = handle.Acquire();
        try
        {
            foreach (string line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{fd.Fd}")))
            {
                info.Add(line);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is not told is not known.
        }

        return info;
    }

    /// <summary>A decimal number; <see langword="null"/> where the kernel does not tell it.</summary>
    public ulong? this[string name] =>
        _values.TryGetValue(name, out string? text) && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null;

    /// <summary>One line: <c>memlock:\t4096</c>.</summary>
    internal void Add(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
        {
            _values[line[..colon]] = line[(colon + 1)..].Trim();
        }
    }
}

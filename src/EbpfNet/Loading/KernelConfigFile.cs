using System.IO.Compression;
using System.Runtime.ExceptionServices;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>The file in which the running kernel's configuration is, and the form that its lines have.</summary>
internal static class KernelConfigFile
{
    /// <summary>What the names of all options start with.</summary>
    public const string Prefix = "CONFIG_";

    private const byte CompressedFirst = 0x1f;
    private const byte CompressedSecond = 0x8b;

    /// <summary>Where it is looked for, the first that can be read counts.</summary>
    public static IReadOnlyList<string> Paths { get; } = [$"/boot/config-{RunningKernel.Release}", "/proc/config.gz"];

    /// <summary>Opens the first file that can be read, compressed or not.</summary>
    /// <returns>The file, or <see langword="null"/> when there is none.</returns>
    /// <exception cref="IOException">None of those that are there can be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">None of those that are there may be opened.</exception>
    public static TextReader? TryOpen(IEnumerable<string> paths)
    {
        ExceptionDispatchInfo? failure = null;
        foreach (string path in paths)
        {
            try
            {
                if (File.Exists(path))
                {
                    return Open(path);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failure ??= ExceptionDispatchInfo.Capture(e); // The next one may be readable.
            }
        }

        failure?.Throw();
        return null;
    }

    /// <summary>Reads a line of the form <c>CONFIG_NAME=value</c>.</summary>
    public static bool TryRead(string line, out string name, out string value)
    {
        int end = line.IndexOf('=', StringComparison.Ordinal);
        bool isOption = end > Prefix.Length && line.StartsWith(Prefix, StringComparison.Ordinal);
        (name, value) = isOption ? (line[..end], line[(end + 1)..].TrimEnd('\r')) : ("", "");
        return isOption && value.Length > 0;
    }

    /// <summary>Refuses text in which a line is neither an option, nor a comment, nor empty.</summary>
    public static string? RequireOptions(string? text, string parameter)
    {
        using var lines = new StringReader(text ?? "");
        for (int number = 1; lines.ReadLine() is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line) && line[0] != '#' && !TryRead(line, out _, out _))
            {
                throw new ArgumentException($"Line {number} of the kernel's configuration is '{line}'; it should be an option as CONFIG_NAME=value, or a comment.", parameter);
            }
        }

        return text;
    }

    private static StreamReader Open(string path)
    {
        FileStream file = File.OpenRead(path);
        try
        {
            // What is in /proc is compressed; in /boot some distributions do it, too. Such a file in /proc has no length.
            bool isCompressed = file.ReadByte() == CompressedFirst && file.ReadByte() == CompressedSecond;
            file.Position = 0;
            return new StreamReader(isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}

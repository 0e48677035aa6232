namespace EbpfNet.Tool.Generate;

/// <summary>Failures in the form in which MSBuild takes them for its own: <c>x.bpf.o: error EBPF0001: …</c>.</summary>
internal static class BuildErrors
{
    /// <summary>The object is damaged, or is none.</summary>
    public const string Format = "EBPF0001";

    /// <summary>A file cannot be read or written.</summary>
    public const string File = "EBPF0002";

    /// <summary>An option does not fit the object.</summary>
    public const string Usage = "EBPF0003";

    public static async Task<int> RunAsync(string file, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (e is BpfException or IOException or UnauthorizedAccessException or UsageException)
        {
            string code = e switch { BpfException => Format, UsageException => Usage, _ => File };
            await Console.Error.WriteLineAsync($"{file}: error {code}: {OneLine(e.Message)}");
            return CommandLine.Failure;
        }
    }

    public static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}

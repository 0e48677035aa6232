namespace ExampleHost;

/// <summary>Whether anybody reads what is written: into a pipe that nobody reads any more, .NET writes without a word.</summary>
public static class StandardOutput
{
    internal const int FileDescriptor = 1;

    /// <summary>Whether its reader is gone.</summary>
    public static bool IsClosed => (Readiness.Of(FileDescriptor, TimeSpan.Zero) & (ReadyFor.Error | ReadyFor.HangUp)) != 0;

    /// <summary>A stream to it that lets the program end although its reader stands still.</summary>
    public static Stream Open() => new EndableStream(FileDescriptor, Console.OpenStandardOutput());
}

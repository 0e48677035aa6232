using Microsoft.Extensions.Logging;

namespace ExampleHost;

/// <summary>A file of the user's that is read again whenever it changes.</summary>
public static class WatchedFile
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Calls <paramref name="read"/> after each change, until stopped. A file that cannot be read, or has a mistake, is told in the log: the old state stays in force.</summary>
    /// <param name="path">The file. It may be replaced, or be gone for a while.</param>
    /// <param name="read">Reads it and puts it in force.</param>
    /// <param name="logger">Where mistakes are told.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task WatchAsync(string path, Action read, ILogger logger, CancellationToken stop)
    {
        // Looked at, not listened to: that works on every file system, and for files that are replaced.
        (DateTime, long) seen = StateOf(path);
        using PeriodicTimer timer = new(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                (DateTime, long) state = StateOf(path);
                if (state != seen)
                {
                    seen = state;
                    TryRead(read, logger);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    /// <summary>Reads it now, and says so where that fails.</summary>
    /// <returns>Whether it is in force.</returns>
    public static bool TryRead(Action read, ILogger logger)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception e) when (e is UserErrorException or IOException or UnauthorizedAccessException)
        {
            logger.LogError("{Mistake} Nothing was changed.", e.Message);
            return false;
        }
    }

    private static (DateTime Written, long Length) StateOf(string path)
    {
        FileInfo file = new(path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}

using EbpfNet;
using Microsoft.Extensions.Logging;

namespace ExampleHost;

/// <summary>A file of the user's that is read again whenever it changes, also behind symbolic links.</summary>
public static class WatchedFile
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Reads the file now, and again after each change until stopped.</summary>
    /// <param name="path">The file. It may be replaced, or be gone for a while.</param>
    /// <param name="read">Reads it and puts it in force. What it throws now is the caller's; later, it is told in the log, and the old state stays in force.</param>
    /// <param name="logger">Where mistakes are told.</param>
    /// <param name="stop">Ends it.</param>
    public static void ReadAndWatch(string path, Action read, ILogger logger, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(read);
        (DateTime, long) before = StateOf(path); // What changes while it is read is read again.
        read();
        _ = WatchAsync(path, before, read, logger, stop);
    }

    // Looked at, not listened to: that works on every file system, and for files that are replaced.
    private static async Task WatchAsync(string path, (DateTime, long) seen, Action read, ILogger logger, CancellationToken stop)
    {
        (DateTime, long) previous = seen;
        using PeriodicTimer timer = new(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                (DateTime, long) state = StateOf(path);
                bool isWritten = state == previous; // Not still being written: it was so a moment ago.
                previous = state;
                if (state != seen && isWritten)
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
        catch (Exception e) when (e is UserErrorException or IOException or UnauthorizedAccessException or BpfException)
        {
            logger.LogError("{Mistake} Nothing was changed.", e.Message);
            return false;
        }
#pragma warning disable CA1031 // Whatever is wrong with the new state, the old one is to go on, and the next is to be looked at.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.LogError(e, "What was read could not be put in force.");
            return false;
        }
    }

    private static (DateTime Written, long Length) StateOf(string path)
    {
        try
        {
            // Where a link leads to another file, or the other file is changed, the link itself stays as it was.
            FileInfo file = new(path);
            file = (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default; // links that lead nowhere, or where this process may not look
        }
    }
}

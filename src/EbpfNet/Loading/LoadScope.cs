using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>What a load has made so far. Unless it is completed, disposing takes everything back, the newest first: descriptors, pins and folders.</summary>
internal sealed class LoadScope : IDisposable
{
    private const int FolderAttempts = 32;

    private readonly Stack<Action> _undo = new();
    private readonly List<(string Path, BpfMap Map)> _shared = [];

    /// <summary>Takes over something to be disposed when the load fails.</summary>
    public T Own<T>(T made)
        where T : IDisposable
    {
        _undo.Push(made.Dispose);
        return made;
    }

    /// <summary>Notes a pin that this load has made. It is taken back only if what is pinned there is still this load's map.</summary>
    public void Pinned(string path, BpfMap map)
    {
        uint id = map.Id;
        _undo.Push(() => Remove(() =>
        {
            if (MapPinning.IsAt(path, id))
            {
                File.Delete(path);
            }
        }));
    }

    /// <summary>Notes a map that another load has pinned. If that one fails, and takes its pin back, this one puts it there again.</summary>
    public void Shared(string path, BpfMap map) => _shared.Add((path, map));

    /// <summary>Makes a folder and those above it, as far as they do not exist.</summary>
    /// <returns>How many were made, and are this load's to take back.</returns>
    public int MakeFolder(string path, string purpose)
    {
        int made = 0;
        int attempt = 1;
        while (FindMissing(path) is { } folder)
        {
            BpfErrno error = KernelObjects.TryMakeFolder(folder);
            if (error == BpfErrno.None)
            {
                made++;
                _undo.Push(() => Remove(() => Directory.Delete(folder)));
            }
            else if (!(error is BpfErrno.EEXIST or BpfErrno.ENOENT && ++attempt <= FolderAttempts))
            {
                throw SyscallErrors.Create(error, "mkdir", $"make the folder '{folder}' {purpose}", error switch
                {
                    BpfErrno.EACCES or BpfErrno.EPERM => "Its parent's permissions or file system do not let this process make folders there",
                    BpfErrno.EEXIST or BpfErrno.ENOTDIR => "A file is in the way",
                    BpfErrno.ENOENT => "That file system takes no folders there",
                    _ => null,
                });
            }

            // Else another load has made it meanwhile, or has failed and taken back the one above it: look again.
        }

        return made;
    }

    /// <summary>Everything stays.</summary>
    public void Complete()
    {
        foreach ((string path, BpfMap map) in _shared)
        {
            _ = KernelObjects.TryPin(map.Handle, path); // EEXIST: still there, as almost always.
        }

        _undo.Clear();
    }

    public void Dispose()
    {
        while (_undo.TryPop(out Action? undo))
        {
            undo();
        }
    }

    /// <summary>The topmost folder of a path that does not exist.</summary>
    private static string? FindMissing(string path)
    {
        string? missing = null;
        for (string? folder = Path.GetFullPath(path); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            missing = folder;
        }

        return missing;
    }

    private static void Remove(Action remove)
    {
        try
        {
            remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else removed it or put something into it meanwhile; the failure that led here is what has to be reported.
        }
    }
}

using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>What a load has made so far. Unless it is completed, disposing takes everything back, the newest first: descriptors, pins and folders.</summary>
internal sealed class LoadScope : IDisposable
{
    private readonly Stack<Action> _undo = new();

    /// <summary>Takes over something to be disposed when the load fails.</summary>
    public T Own<T>(T made)
        where T : IDisposable
    {
        _undo.Push(made.Dispose);
        return made;
    }

    /// <summary>Notes a pin that this load has made.</summary>
    public void Pinned(string path) => _undo.Push(() => Remove(() => File.Delete(path)));

    /// <summary>Makes a folder and those above it, as far as they do not exist.</summary>
    public void MakeFolder(string path, string purpose)
    {
        var missing = new Stack<string>();
        for (string? folder = Path.GetFullPath(path); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            missing.Push(folder);
        }

        while (missing.TryPop(out string? folder))
        {
            try
            {
                Directory.CreateDirectory(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                BpfErrno error = e is UnauthorizedAccessException ? BpfErrno.EACCES : Enum.IsDefined((BpfErrno)e.HResult) ? (BpfErrno)e.HResult : BpfErrno.EIO;
                throw SyscallErrors.Create(error, "mkdir", $"make the folder '{folder}' {purpose}", e.Message.TrimEnd('.'));
            }

            string made = folder;
            _undo.Push(() => Remove(() => Directory.Delete(made)));
        }
    }

    /// <summary>Everything stays.</summary>
    public void Complete() => _undo.Clear();

    public void Dispose()
    {
        while (_undo.TryPop(out Action? undo))
        {
            undo();
        }
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

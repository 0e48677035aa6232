namespace EbpfNet;

/// <summary>A program attached to a hook. Disposing it detaches the program, unless the link is pinned.</summary>
/// <remarks>
/// A live link, and the object that its program came from, are kept from the garbage collector until the link is disposed: a collection
/// never detaches anything. One that is dropped without being disposed stays attached until the process ends. Whether the attachment ends
/// with the process when it is killed depends on the hook's mechanism; each link type says so.
/// </remarks>
public abstract class BpfLink : IDisposable
{
    private int _disposed;

    private protected BpfLink(BpfProgram program)
    {
        Program = program;
        LiveLinks.Add(this);
    }

    /// <summary>The program that is attached; after an update, the new one.</summary>
    public BpfProgram Program { get; private protected set; }

    /// <summary>Whether the link was disposed or detached by this process.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Detaches the program, unless the link is pinned. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            LiveLinks.Remove(this);
            Release();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of the kernel's side of the link; called once.</summary>
    private protected abstract void Release();

    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, this);
}

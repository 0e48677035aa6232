using EbpfNet.Kernel;

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

    /// <summary>The descriptor of a kernel link (<c>bpf_link</c>), or <see langword="null"/> for an attachment of another kind.</summary>
    private protected abstract BpfHandle? Handle { get; }

    /// <summary>Pins the link at a path of the BPF file system, so that the attachment outlives this process (<c>BPF_OBJ_PIN</c>; Linux 5.7).</summary>
    /// <param name="path">Where; its folder has to exist. The kernel allows no '.' in the name.</param>
    /// <exception cref="BpfNotSupportedException">The program is attached in a way that no file descriptor holds.</exception>
    /// <exception cref="BpfSyscallException">The path is taken, is not on a BPF file system, or may not be written.</exception>
    public void Pin(string path)
    {
        ThrowIfDisposed();
        KernelObjects.Pin(
            Handle ?? throw new BpfNotSupportedException($"pinning {this}", "it is no kernel link: no file descriptor holds it"),
            path,
            ToString() ?? "a link");
    }

    /// <summary>Detaches the program now, even if the link is pinned (<c>BPF_LINK_DETACH</c>; Linux 5.9), and disposes the link.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused; the link is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed already.</exception>
    public void Detach()
    {
        ThrowIfDisposed();
        DetachNow();
        Dispose();
    }

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

    /// <summary>Undoes an attachment that would outlive the process although nobody asked for that; called once, as the process ends.</summary>
    internal virtual void EndWithProcess()
    {
    }

    /// <summary>Lets go of the kernel's side of the link; called once.</summary>
    private protected abstract void Release();

    /// <summary>Ends the attachment, whoever else holds it.</summary>
    private protected abstract void DetachNow();

    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, this);
}

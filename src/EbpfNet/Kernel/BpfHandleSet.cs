namespace EbpfNet.Kernel;

/// <summary>Keeps any number of descriptors open during one call that names them all, such as a program's maps.</summary>
internal sealed class BpfHandleSet : IDisposable
{
    private readonly List<BpfHandle> _held = [];

    /// <summary>The descriptor, open until this set is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public int Hold(BpfHandle handle)
    {
        if (handle.IsClosed)
        {
            BpfHandle.ThrowClosed(handle.Owner, nameof(BpfHandle));
        }

        bool held = false;
        handle.DangerousAddRef(ref held);
        _held.Add(handle);
        return (int)handle.DangerousGetHandle();
    }

    public void Dispose()
    {
        foreach (BpfHandle handle in _held)
        {
            handle.DangerousRelease();
        }

        _held.Clear();
    }
}

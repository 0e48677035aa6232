using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A control group, held by a descriptor of its folder: it goes on meaning the same one, even when that was removed and another made in its place.</summary>
/// <remarks>Members may be called from several threads.</remarks>
public sealed class BpfCgroup : IDisposable
{
    private BpfCgroup(BpfHandle handle, string path)
    {
        Handle = handle;
        Path = path;
    }

    /// <summary>The folder's path as it was opened.</summary>
    public string Path { get; }

    internal BpfHandle Handle { get; }

    /// <summary>Opens a control group.</summary>
    /// <param name="path">Its folder, for example <c>/sys/fs/cgroup/system.slice</c>. That it is one of a control group shows when it is used.</param>
    /// <exception cref="BpfSyscallException">There is no such folder, or it may not be opened.</exception>
    public static BpfCgroup Open(string path) => new(PathDescriptor.OpenFolder(path, "control group"), path);

    /// <summary>Closes the descriptor; the control group stays. Calling it again does nothing.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>The control group as messages call it.</summary>
    public override string ToString() => $"control group '{Path}'";
}

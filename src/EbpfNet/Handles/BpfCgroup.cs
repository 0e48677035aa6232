using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A control group, held by a descriptor of its folder: it goes on meaning the same one, even when that was removed and another made in its place.</summary>
/// <remarks>Members may be called from several threads.</remarks>
public sealed class BpfCgroup : IDisposable
{
    private ulong _id; // 0 before it was asked for: no control group has it.

    private BpfCgroup(BpfHandle handle, string path)
    {
        Handle = handle;
        Path = path;
    }

    /// <summary>The folder's path as it was opened.</summary>
    public string Path { get; }

    /// <summary>The kernel's number for it, which programs get from <c>bpf_get_current_cgroup_id</c> and the like (<c>name_to_handle_at</c>). It is asked for once.</summary>
    /// <exception cref="BpfSyscallException">The folder is not one of a control group of version 2, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The control group was disposed before its id was asked for.</exception>
    public ulong Id
    {
        get
        {
            ulong id = Volatile.Read(ref _id);
            if (id == 0)
            {
                Volatile.Write(ref _id, id = CgroupIdentity.Read(Handle, ToString()));
            }

            return id;
        }
    }

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

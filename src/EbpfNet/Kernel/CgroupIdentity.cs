using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The kernel's number for a control group, of which user space has only the folder.</summary>
internal static unsafe partial class CgroupIdentity
{
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH

    /// <summary>
    /// The handle of the folder (<c>name_to_handle_at()</c>) is the number. That of its inode is the same on most machines only: before Linux 5.5 the kernel's
    /// had a generation in its upper half.
    /// </summary>
    /// <param name="folder">The folder, open.</param>
    /// <param name="what">The control group as messages call it.</param>
    /// <exception cref="BpfSyscallException">The folder is not one of a control group of version 2, or the kernel refused.</exception>
    public static ulong Read(BpfHandle folder, string what)
    {
        BpfErrno error = FileSystemType.TryRead(folder, out long fileSystem);
        if (error != BpfErrno.None)
        {
            throw Refused(error, "fstatfs", what);
        }

        if (fileSystem != FileSystemType.Cgroup2)
        {
            throw SyscallErrors.Create(BpfErrno.EBADF, "fstatfs", $"read the id of {what}", "The folder is not one of a control group; those of version 2, which it has to be, are under the mount of type cgroup2");
        }

        using BpfHandle.Lease fd = folder.Acquire();
        var handle = new FileHandle { Size = sizeof(ulong) };
        int mount;
        byte none = 0;
        if (NameToHandleAt(fd.Fd, &none, &handle, &mount, EmptyPath) < 0)
        {
            throw Refused((BpfErrno)Marshal.GetLastPInvokeError(), "name_to_handle_at", what);
        }

        return handle.Id;
    }

    private static BpfException Refused(BpfErrno error, string call, string what) => SyscallErrors.Create(error, call, $"read the id of {what}");

    [LibraryImport("libc", EntryPoint = "name_to_handle_at", SetLastError = true)]
    private static partial int NameToHandleAt(int folder, byte* path, FileHandle* handle, int* mount, int flags);

    /// <summary><c>struct file_handle</c> with what the file system of control groups puts in.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FileHandle
    {
        public uint Size;
        public int Type;
        public ulong Id;
    }
}

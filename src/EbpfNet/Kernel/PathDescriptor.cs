using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>Files and folders as descriptors, where .NET does not open them: folders, and files that are only to be named.</summary>
internal static unsafe class PathDescriptor
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int NameOnly = 0x200000; // O_PATH

    /// <summary>Opens a folder for reading.</summary>
    /// <exception cref="BpfSyscallException">There is nothing of that name, or it may not be opened.</exception>
    public static BpfHandle OpenFolder(string path, string what) => Open(path, CloseOnExec, what);

    /// <summary>Stands for whatever a path names, without opening it: no permission on it is needed, and a device does nothing.</summary>
    /// <exception cref="BpfSyscallException">There is nothing of that name.</exception>
    public static BpfHandle OpenName(string path, string what) => Open(path, CloseOnExec | NameOnly, what);

    private static BpfHandle Open(string path, int flags, string what)
    {
        fixed (byte* name = KernelObjects.ToPath(path))
        {
            int fd = TaskCalls.Open(name, flags, 0);
            if (fd >= 0)
            {
                return new BpfHandle(fd);
            }

            var error = (BpfErrno)Marshal.GetLastPInvokeError();
            throw SyscallErrors.Create(error, "open", $"open {what} '{path}'", error switch
            {
                BpfErrno.ENOENT => "There is nothing of that name",
                BpfErrno.EACCES => "The permissions of it, or of a folder above it, keep this process out",
                _ => null,
            });
        }
    }
}

using System.Runtime.InteropServices;
using EbpfNet.Objects;
using Microsoft.Win32.SafeHandles;

namespace EbpfNet.Kernel;

/// <summary>Files and folders as descriptors, where .NET does not open them: folders, and files that are only to be named.</summary>
internal static unsafe class PathDescriptor
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int NeverBlock = 0x800; // O_NONBLOCK
    private const int ReadAndWrite = 2; // O_RDWR
    private const int NameOnly = 0x200000; // O_PATH

    /// <summary>Opens a folder for reading.</summary>
    /// <exception cref="BpfSyscallException">There is nothing of that name, or it may not be opened.</exception>
    public static BpfHandle OpenFolder(string path, string what) => Open(path, CloseOnExec, what);

    /// <summary>Opens a file for reading, without waiting for whoever is at the other end of it.</summary>
    /// <exception cref="BpfSyscallException">There is nothing of that name, or it may not be opened.</exception>
    public static BpfHandle OpenFile(string path, string what) => Open(path, CloseOnExec | NeverBlock, what);

    /// <summary>Opens a device for reading and writing.</summary>
    /// <exception cref="BpfSyscallException">There is nothing of that name, or it may not be opened.</exception>
    public static BpfHandle OpenDevice(string path, string what) => Open(path, CloseOnExec | NeverBlock | ReadAndWrite, what);

    /// <summary>Stands for whatever a path names, without opening it: no permission on it is needed, and a device does nothing.</summary>
    /// <exception cref="BpfSyscallException">There is nothing of that name.</exception>
    public static BpfHandle OpenName(string path, string what) => Open(path, CloseOnExec | NameOnly, what);

    /// <summary>
    /// Reads a whole file that somebody else may have put there: a pipe does not hold it up, and what is larger than is likely is left alone.
    /// </summary>
    /// <returns>The bytes, or <see langword="null"/> when there are none to be had.</returns>
    public static byte[]? TryReadFile(string path, long longest)
    {
        fixed (byte* name = KernelObjects.ToPath(path))
        {
            int fd = TaskCalls.Open(name, CloseOnExec | NeverBlock, 0);
            if (fd < 0)
            {
                return null;
            }

            using var file = new SafeFileHandle(fd, ownsHandle: true);
            try
            {
                long length = RandomAccess.GetLength(file); // 0 for all that is no file.
                if (length is 0 || length > longest)
                {
                    return null;
                }

                byte[] bytes = new byte[length];
                int read = 0;
                for (int now; read < bytes.Length && (now = RandomAccess.Read(file, bytes.AsSpan(read), read)) > 0; read += now)
                {
                }

                return read == bytes.Length ? bytes : bytes[..read];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                return null;
            }
        }
    }

    /// <summary>What the first name of the path that does not exist was probably meant to be: empty when nothing is near.</summary>
    private static string Suggest(string path)
    {
        try
        {
            string missing = Path.GetFullPath(path);
            while (Path.GetDirectoryName(missing) is { } folder)
            {
                if (Directory.Exists(folder))
                {
                    string? nearest = NearestName.Find(Path.GetFileName(missing), Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)));
                    return nearest is null ? "" : $" (did you mean '{Path.Join(folder, nearest)}'?)";
                }

                missing = folder;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return "";
    }

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
                BpfErrno.ENOENT => $"There is nothing of that name{Suggest(path)}",
                BpfErrno.EACCES => "The permissions of it, or of a folder above it, keep this process out",
                _ => null,
            });
        }
    }
}

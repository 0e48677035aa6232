using System.Diagnostics;
using System.Runtime.InteropServices;
using ExampleHost;
using Microsoft.Win32.SafeHandles;

namespace TcpProxy;

/// <summary>The folder that holds the folder of pins, on a BPF file system. Whoever looks at pins and changes them locks it meanwhile, so that two processes never do at a time.</summary>
internal sealed partial class PinFolder : IDisposable
{
    private const int ReadOnlyCloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC
    private const int ExclusiveNonBlocking = 2 | 4; // LOCK_EX | LOCK_NB
    private const int WouldBlock = 11; // EWOULDBLOCK
    private const long BpfFileSystem = 0xcafe4a11; // BPF_FS_MAGIC

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly SafeFileHandle _folder;

    private PinFolder(SafeFileHandle folder) => _folder = folder;

    /// <summary>Waits for its turn. The lock ends with what is returned, and with the process.</summary>
    /// <exception cref="UserErrorException">Nothing can be pinned there, or another process does not let go.</exception>
    internal static PinFolder Lock(string pinDirectory)
    {
        SafeFileHandle folder = OpenAbove(Path.TrimEndingDirectorySeparator(Path.GetFullPath(pinDirectory)));
        long start = Stopwatch.GetTimestamp();
        while (Flock(folder, ExclusiveNonBlocking) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != WouldBlock || Stopwatch.GetElapsedTime(start) > Patience)
            {
                folder.Dispose();
                throw new UserErrorException($"The pins in {pinDirectory} cannot be locked: {(error == WouldBlock ? "another process is at work on them" : Marshal.GetPInvokeErrorMessage(error))}.");
            }

            Thread.Sleep(10);
        }

        return new PinFolder(folder);
    }

    public void Dispose() => _folder.Dispose();

    private static SafeFileHandle OpenAbove(string pinDirectory)
    {
        string? above = Path.GetDirectoryName(pinDirectory);
        // The root of a BPF file system may hold the pins itself.
        return Open(above, pinDirectory) ?? Open(pinDirectory, pinDirectory)
            ?? throw new UserErrorException($"The pins cannot be in {pinDirectory}: {above ?? pinDirectory} is no folder of a BPF file system. Mount one (mount -t bpf bpf /sys/fs/bpf), choose another folder with --pins, or run with --no-pins.");
    }

    /// <summary>Opens a folder; nothing where it is not there, or on another file system.</summary>
    private static SafeFileHandle? Open(string? folder, string pinDirectory)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        SafeFileHandle handle = OpenFile(folder, ReadOnlyCloseOnExec);
        Span<long> about = stackalloc long[32]; // struct statfs, which begins with the file system's type
        if (handle.IsInvalid || FileSystemOf(handle, ref about[0]) != 0)
        {
            string why = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            handle.Dispose();
            throw new UserErrorException($"The pins cannot be in {pinDirectory}: {folder} cannot be opened ({why}). It takes root, or --no-pins.");
        }

        if ((about[0] & uint.MaxValue) == BpfFileSystem)
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int FileSystemOf(SafeFileHandle file, ref long about);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);
}

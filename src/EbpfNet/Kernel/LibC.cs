using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The C library's functions that this library calls; nothing else is native.</summary>
internal static unsafe partial class LibC
{
    private const string Library = "libc";

    /// <summary>The <c>bpf()</c> call has no wrapper of its own in the C library.</summary>
    /// <remarks>
    /// Without SetLastError, which clears, reads and stores errno around every call (40 ns of a lookup's 560). Its one caller reads errno as that would, but
    /// only after a failure, with <see cref="Marshal.GetLastSystemError"/>, before anything else is called.
    /// </remarks>
    [LibraryImport(Library, EntryPoint = "syscall")]
    public static partial nint Bpf(nint number, nint command, void* attribute, nint size);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    public static partial void* MMap(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    public static partial int MUnmap(void* address, nuint length);

    [LibraryImport(Library, EntryPoint = "mkdir", SetLastError = true)]
    public static partial int MakeDirectory(byte* path, uint mode);

    [LibraryImport(Library, EntryPoint = "rmdir", SetLastError = true)]
    public static partial int RemoveDirectory(byte* path);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true)]
    public static partial int Rename(byte* from, byte* to);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true)]
    public static partial int Unlink(byte* path);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FCntl(int fd, int command, int argument);

    [LibraryImport(Library, EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetResourceLimit(int resource, ResourceLimit* limit);

    [LibraryImport(Library, EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetResourceLimit(int resource, ResourceLimit* limit);

    /// <summary><c>struct rlimit</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}

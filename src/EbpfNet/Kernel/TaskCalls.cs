using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The C library's functions for processes, threads and files by name.</summary>
internal static unsafe partial class TaskCalls
{
    private const string Library = "libc";

    /// <summary><c>pidfd_open()</c>, <c>gettid()</c> and <c>membarrier()</c>, which older C libraries have no wrappers for.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Call(nint number, nint first, nint second);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags, uint mode);
}

using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The C library's functions for mounts and the namespaces that hold them.</summary>
internal static unsafe partial class MountCalls
{
    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport(Library, EntryPoint = "mount", SetLastError = true)]
    public static partial int Mount(byte* source, byte* target, byte* type, nuint flags, byte* data);

    /// <summary><c>fsopen()</c>, <c>fsconfig()</c> and <c>fsmount()</c> (Linux 5.2), which older C libraries have no functions for; each takes as many as it has.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Call(nint number, nint first, nint second, nint third = 0, nint fourth = 0, nint fifth = 0);
}

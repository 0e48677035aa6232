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
}

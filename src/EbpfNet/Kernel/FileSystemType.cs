using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>Which file system something open is on.</summary>
internal static unsafe partial class FileSystemType
{
    public const long Cgroup2 = 0x63677270; // CGROUP2_SUPER_MAGIC
    public const long Bpf = 0xcafe4a11; // BPF_FS_MAGIC

    private const int StatFsSize = 256; // More than struct statfs has anywhere.

    /// <param name="file">What is open.</param>
    /// <param name="type">The file system's number.</param>
    public static BpfErrno TryRead(BpfHandle file, out long type)
    {
        using BpfHandle.Lease fd = file.Acquire();
        long* about = stackalloc long[StatFsSize / sizeof(long)]; // Its first field is the type.
        if (FStatFs(fd.Fd, about) < 0)
        {
            type = 0;
            return (BpfErrno)Marshal.GetLastPInvokeError();
        }

        type = *about & uint.MaxValue;
        return BpfErrno.None;
    }

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int FStatFs(int fd, void* result);
}

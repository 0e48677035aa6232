using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The kernel's number for a namespace: that of the inode that stands for it.</summary>
internal static unsafe partial class NamespaceIdentity
{
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint InodeOnly = 0x100; // STATX_INO
    private const int InodeOffset = 32; // struct statx, the same on all processors
    private const int StatxSize = 256;
    private const ulong TypeRequest = 0xb703; // NS_GET_NSTYPE
    private const int Network = 0x40000000; // CLONE_NEWNET

    /// <summary>Reads it, and refuses what is no network namespace.</summary>
    /// <param name="handle">The namespace, open.</param>
    /// <param name="what">The namespace as messages call it.</param>
    /// <exception cref="BpfSyscallException">It is something else.</exception>
    public static ulong Read(BpfHandle handle, string what)
    {
        using BpfHandle.Lease fd = handle.Acquire();
        if (Control(fd.Fd, TypeRequest) != Network)
        {
            throw SyscallErrors.Create(BpfErrno.EINVAL, "ioctl(NS_GET_NSTYPE)", $"open {what}", "It is no network namespace; those are under /run/netns and in /proc/PID/ns/net");
        }

        byte* information = stackalloc byte[StatxSize];
        byte none = 0;
        return Stat(fd.Fd, &none, EmptyPath, InodeOnly, information) == 0
            ? *(ulong*)(information + InodeOffset)
            : throw SyscallErrors.Create((BpfErrno)Marshal.GetLastPInvokeError(), "statx", $"open {what}");
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int fd, ulong request);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Stat(int fd, byte* path, int flags, uint mask, byte* result);
}

using Microsoft.Win32.SafeHandles;

namespace EbpfNet.Kernel;

/// <summary>A file system that is mounted nowhere: only who has its descriptor sees it, and it is gone with that.</summary>
internal static unsafe class DetachedMount
{
    // The same numbers on all architectures.
    private const nint FsOpen = 430;
    private const nint FsConfig = 431;
    private const nint FsMount = 432;

    private const nint CloseOnExec = 1; // FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC
    private const nint Create = 6; // FSCONFIG_CMD_CREATE

    /// <summary>Makes one; <see langword="null"/> where this process may not (<c>CAP_SYS_ADMIN</c>), or the kernel is older than 5.2 or has no such file system.</summary>
    /// <param name="type">The name of the file system, which ends with a zero.</param>
    public static SafeFileHandle? TryMake(ReadOnlySpan<byte> type)
    {
        fixed (byte* name = type)
        {
            nint context = MountCalls.Call(FsOpen, (nint)name, CloseOnExec);
            if (context < 0)
            {
                return null;
            }

            using SafeFileHandle made = new(context, ownsHandle: true);
            if (MountCalls.Call(FsConfig, context, Create) < 0)
            {
                return null;
            }

            nint mount = MountCalls.Call(FsMount, context, CloseOnExec);
            return mount < 0 ? null : new SafeFileHandle(mount, ownsHandle: true);
        }
    }
}

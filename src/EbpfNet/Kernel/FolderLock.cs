using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>Locks between processes, and between those who open a folder in one: on the open folder, gone with it, and with the process.</summary>
internal static partial class FolderLock
{
    private const int Exclusive = 2; // LOCK_EX
    private const int NeverBlock = 4; // LOCK_NB
    private const int Unlock = 8; // LOCK_UN
    private const int Interval = 10; // ms; no call waits for a lock with a bound.

    /// <summary>Waits for the lock, at most so long.</summary>
    /// <returns><see cref="BpfErrno.EAGAIN"/> (<c>EWOULDBLOCK</c>) where another one has it still.</returns>
    public static BpfErrno TryTake(BpfHandle folder, TimeSpan patience)
    {
        using BpfHandle.Lease fd = folder.Acquire();
        for (long start = Stopwatch.GetTimestamp(); FLock(fd.Fd, Exclusive | NeverBlock) != 0; Thread.Sleep(Interval))
        {
            var error = (BpfErrno)Marshal.GetLastPInvokeError();
            if (error is not (BpfErrno.EAGAIN or BpfErrno.EINTR) || Stopwatch.GetElapsedTime(start) > patience)
            {
                return error;
            }
        }

        return BpfErrno.None;
    }

    /// <summary>Lets go at once, though a process that is just being started may have the descriptor for a moment, too.</summary>
    public static void Release(BpfHandle folder)
    {
        using BpfHandle.Lease fd = folder.Acquire();
        _ = FLock(fd.Fd, Unlock);
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(int fd, int operation);
}

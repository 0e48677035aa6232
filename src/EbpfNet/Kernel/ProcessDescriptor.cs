using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>Processes and threads as descriptors (pidfds), which mean the same one even when its number is given out again.</summary>
internal static class ProcessDescriptor
{
    private const int OpenSyscallNumber = 434; // On all processors.
    private const int ThreadFlag = 0x80; // PIDFD_THREAD

    /// <summary>The calling thread's number, which its other names in .NET do not tell.</summary>
    public static int CurrentThreadId => (int)TaskCalls.Call(KernelArchitecture.Current.GetThreadIdSyscallNumber, 0, 0);

    /// <exception cref="BpfSyscallException">There is no such process, or it may not be opened.</exception>
    public static BpfHandle OpenProcess(int id) =>
        TryOpen(id, 0, out BpfErrno error) ?? throw Explain(error, "process", id, error is BpfErrno.EINVAL or BpfErrno.ENOENT ? "This is the number of a thread, not of a process" : null);

    /// <exception cref="BpfSyscallException">There is no such thread, or it may not be opened.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel opens only first threads.</exception>
    public static BpfHandle OpenThread(int id)
    {
        BpfHandle? handle = TryOpen(id, ThreadFlag, out BpfErrno error);
        if (handle is null && error == BpfErrno.EINVAL)
        {
            // Before Linux 6.9, the first thread can be had as its process.
            handle = TryOpen(id, 0, out error);
            if (error is BpfErrno.EINVAL or BpfErrno.ENOENT)
            {
                throw new BpfNotSupportedException($"Opening thread {id}", "this kernel gives descriptors of processes only, which stand for their first threads", new Version(6, 9));
            }
        }

        return handle ?? throw Explain(error, "thread", id, null);
    }

    private static BpfHandle? TryOpen(int id, int flags, out BpfErrno error)
    {
        nint fd = TaskCalls.Call(OpenSyscallNumber, id, flags);
        error = fd >= 0 ? BpfErrno.None : (BpfErrno)Marshal.GetLastPInvokeError();
        return fd >= 0 ? new BpfHandle((int)fd) : null;
    }

    private static BpfException Explain(BpfErrno error, string kind, int id, string? advice) =>
        SyscallErrors.Create(error, "pidfd_open", $"open {kind} {id}", error == BpfErrno.ESRCH ? "There is none; it may have ended meanwhile" : advice);
}

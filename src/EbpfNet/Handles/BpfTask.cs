using System.Diagnostics;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// A process or thread, held by descriptor (pidfd; Linux 5.3): it goes on meaning the same one, even when that has ended and its number is given to another.
/// </summary>
/// <remarks>To the kernel a process is its first thread: what programs keep for other threads has to be asked for by thread. Members may be called from several threads.</remarks>
public sealed class BpfTask : IDisposable
{
    private BpfTask(BpfHandle handle, int id)
    {
        Handle = handle;
        Id = id;
    }

    /// <summary>The number of the process or thread when it was opened, as this process's namespace counts.</summary>
    public int Id { get; }

    internal BpfHandle Handle { get; }

    /// <summary>Opens a process (<c>pidfd_open</c>; Linux 5.3), which stands for its first thread.</summary>
    /// <param name="processId">The process's number, as this process's namespace counts.</param>
    /// <exception cref="BpfSyscallException">There is no such process.</exception>
    public static BpfTask OpenProcess(int processId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processId);
        return new BpfTask(ProcessDescriptor.OpenProcess(processId), processId);
    }

    /// <summary>Opens a process (<c>pidfd_open</c>; Linux 5.3), which stands for its first thread.</summary>
    /// <param name="process">The process.</param>
    /// <exception cref="BpfSyscallException">The process has ended.</exception>
    public static BpfTask OpenProcess(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return OpenProcess(process.Id);
    }

    /// <summary>Opens a thread (<c>PIDFD_THREAD</c>; Linux 6.9, before that only the first one of a process).</summary>
    /// <param name="threadId">The kernel's number of the thread, as <c>/proc/PID/task</c> lists it.</param>
    /// <exception cref="BpfSyscallException">There is no such thread.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel opens only the first thread of a process.</exception>
    public static BpfTask OpenThread(int threadId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threadId);
        return new BpfTask(ProcessDescriptor.OpenThread(threadId), threadId);
    }

    /// <summary>Opens the thread that calls this (<c>PIDFD_THREAD</c>; Linux 6.9, before that only the first one of a process).</summary>
    /// <exception cref="BpfNotSupportedException">The kernel opens only the first thread of a process.</exception>
    public static BpfTask OpenCurrentThread() => OpenThread(ProcessDescriptor.CurrentThreadId);

    /// <summary>Closes the descriptor; the process or thread goes on. Calling it again does nothing.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>The process or thread as messages call it.</summary>
    public override string ToString() => $"task {Id}";
}

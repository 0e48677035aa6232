using System.Runtime.InteropServices;
using System.Text;

namespace EbpfNet.Kernel;

/// <summary>Writes commands to tracefs, each in one call, as the kernel wants them.</summary>
internal static unsafe class TraceCommands
{
    private const int WriteOnly = 1; // O_WRONLY
    private const int AtEnd = 0x400; // O_APPEND: without it all probes of the file would be removed.
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    /// <returns>The kernel's answer; <see cref="BpfErrno.ENOENT"/> also where there is no such file.</returns>
    public static BpfErrno Write(string file, string command)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(command);
        fixed (byte* name = KernelObjects.ToPath(file))
        fixed (byte* text = bytes)
        {
            int fd = TaskCalls.Open(name, WriteOnly | AtEnd | CloseOnExec, 0);
            if (fd < 0)
            {
                return (BpfErrno)Marshal.GetLastPInvokeError();
            }

            using var handle = new BpfHandle(fd);
            return EventCalls.Write(fd, text, (nuint)bytes.Length) < 0 ? (BpfErrno)Marshal.GetLastPInvokeError() : BpfErrno.None;
        }
    }
}

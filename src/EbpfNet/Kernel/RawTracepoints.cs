namespace EbpfNet.Kernel;

/// <summary><c>BPF_RAW_TRACEPOINT_OPEN</c>: raw tracepoints, and on older kernels every program that was loaded for one place in the kernel.</summary>
internal static unsafe class RawTracepoints
{
    /// <param name="program">The program.</param>
    /// <param name="name">The tracepoint; <see langword="null"/> for a program that was loaded for its place.</param>
    /// <param name="cookie">What the program gets to know its attachment by (Linux 6.10); 0 for nothing.</param>
    /// <param name="link">A link, though one that kernels before 5.8 tell nothing about.</param>
    public static BpfErrno Open(BpfHandle program, string? name, ulong cookie, out BpfHandle? link)
    {
        using BpfHandle.Lease fd = program.Acquire();
        fixed (byte* text = name is null ? null : KernelObjects.ToPath(name))
        {
            var attribute = new RawTracepointAttribute { Name = text, ProgFd = fd.Fd, Cookie = cookie };
            return BpfSyscall.InvokeForHandle(BpfCommand.RawTracepointOpen, &attribute, out link);
        }
    }
}

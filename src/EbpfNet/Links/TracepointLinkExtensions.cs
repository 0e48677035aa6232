using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to tracepoints.</summary>
public static class TracepointLinkExtensions
{
    /// <summary>
    /// Attaches a program to a tracepoint of the kernel, for all processes on all CPUs (<c>BPF_LINK_CREATE</c> with <c>BPF_PERF_EVENT</c>, Linux 5.15; else <c>PERF_EVENT_IOC_SET_BPF</c>, Linux 4.7).
    /// </summary>
    /// <remarks>Its number is found in tracefs, at <c>/sys/kernel/tracing</c> or wherever it is mounted; where it is not, in one of this process's own (Linux 5.2, <c>CAP_SYS_ADMIN</c>). A system call's are <c>syscalls/sys_enter_NAME</c> and <c>sys_exit_NAME</c>.</remarks>
    /// <param name="program">The program, of type <c>tracepoint</c>.</param>
    /// <param name="category">The subsystem, for example <c>sched</c>: a folder of <c>/sys/kernel/tracing/events</c>.</param>
    /// <param name="name">The tracepoint, for example <c>sched_process_exec</c>: a folder therein.</param>
    /// <param name="cookie">A number that the program is told by <c>bpf_get_attach_cookie</c> (Linux 5.15).</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">There is no such tracepoint, the program is attached there already, or CAP_PERFMON is missing: the message says which, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">tracefs is not mounted, or a cookie was given and the kernel has none.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static PerfEventLink AttachTracepoint(this BpfProgram program, string category, string name, ulong? cookie = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (program.Type != BpfProgramType.Tracepoint)
        {
            throw new ArgumentException($"Only programs of type tracepoint can be attached to tracepoints so; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        PerfEventAttachment.RequireCookies(program, cookie);
        string target = $"{category}/{name}";
        ulong id = TracepointErrors.FindId(program, category, name);
        BpfErrno error = TraceEvents.OpenTracepoint(id, process: -1, out BpfHandle? perfEvent);
        if (perfEvent is null)
        {
            throw PerfEventErrors.Open(program, PerfEventHook.Tracepoint, target, "perf_event_open", error, null);
        }

        error = PerfEventAttachment.Attach(program, perfEvent, cookie ?? 0, null, out PerfEventAttachment? attachment);
        return attachment is not null
            ? new PerfEventLink(program, PerfEventHook.Tracepoint, target, cookie ?? 0, attachment)
            : throw PerfEventErrors.Attach(program, PerfEventHook.Tracepoint, target, error);
    }
}

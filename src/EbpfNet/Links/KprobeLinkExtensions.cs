using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to functions of the kernel.</summary>
public static class KprobeLinkExtensions
{
    /// <summary>
    /// Attaches a program to a function of the kernel or of one of its modules (<c>BPF_LINK_CREATE</c> with <c>BPF_PERF_EVENT</c>, Linux 5.15; else <c>PERF_EVENT_IOC_SET_BPF</c>, Linux 4.17;
    /// else by tracefs).
    /// </summary>
    /// <param name="program">The program, of type <c>kprobe</c>.</param>
    /// <param name="function">The function, as <c>/proc/kallsyms</c> has it: <c>tcp_close</c>. Not those that the compiler has inlined.</param>
    /// <param name="options">Where in it; its entry unless this says otherwise.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The program is of another type, or the options contradict one another.</exception>
    /// <exception cref="BpfSyscallException">There is no such function, it may not be probed, or CAP_PERFMON is missing: the message says which, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel was built without such probes, or has no cookies.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static PerfEventLink AttachKprobe(this BpfProgram program, string function, KprobeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(function);
        options ??= new KprobeOptions();
        KprobeErrors.Require(program, options);
        ProbeRequest request = ToRequest(function, options);
        string target = KprobeTarget.Format(function, options.Offset);
        using LiveLinks.Making _ = LiveLinks.Make();
        PerfEventAttachment attachment = ProbeAttacher.Attach(program, request, target, options.Cookie, error => KprobeErrors.Explain(error, function, options.Offset));
        return new PerfEventLink(program, ProbeAttacher.HookOf(request), target, options.Cookie ?? 0, attachment);
    }

    /// <summary>
    /// Attaches a program to the kernel's function behind a system call; see <see cref="AttachKprobe"/>. It sees the calls of 64-bit programs. Its arguments are behind one more pointer where the
    /// kernel has wrappers around them (Linux 4.17 on x86-64, 4.19 on arm64): <c>LINUX_HAS_SYSCALL_WRAPPER</c> tells programs.
    /// </summary>
    /// <param name="program">The program, of type <c>kprobe</c>.</param>
    /// <param name="systemCall">The system call: <c>openat</c>, without what architectures put in front.</param>
    /// <param name="options">Where in it; its entry unless this says otherwise.</param>
    /// <returns>The link; disposing it detaches the program. Its target is the function that was found.</returns>
    /// <exception cref="ArgumentException">The program is of another type, or the options contradict one another.</exception>
    /// <exception cref="BpfSyscallException">There is no such system call, or CAP_PERFMON is missing: the message says which, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel was built without such probes, or has no cookies.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static PerfEventLink AttachKsyscall(this BpfProgram program, string systemCall, KprobeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(systemCall);
        options ??= new KprobeOptions();
        KprobeErrors.Require(program, options);
        BpfErrno error = default;
        string call = "";
        using LiveLinks.Making _ = LiveLinks.Make();
        foreach (string function in KernelArchitecture.Current.FunctionsOfSystemCall(systemCall))
        {
            ProbeRequest request = ToRequest(function, options);
            if (ProbeAttacher.TryAttach(program, request, KprobeTarget.Format(function, options.Offset), options.Cookie, out error, out call) is { } attachment)
            {
                return new PerfEventLink(program, ProbeAttacher.HookOf(request), KprobeTarget.Format(function, options.Offset), options.Cookie ?? 0, attachment);
            }

            if (error is not (BpfErrno.ENOENT or BpfErrno.EINVAL or BpfErrno.EADDRNOTAVAIL))
            {
                break; // Not for want of a function of that name.
            }
        }

        string wrapper = KernelArchitecture.Current.SystemCallPrefix;
        string? advice = error is BpfErrno.EPERM or BpfErrno.EACCES
            ? null
            : KernelFunctions.DescribeMissing(systemCall, KernelFunctions.ReadNames().Where(name => name.StartsWith(wrapper, StringComparison.Ordinal)).Select(name => name[wrapper.Length..]));
        throw ProbeAttacher.Refusal(program, ToRequest(systemCall, options), $"system call {systemCall}", error, call, advice);
    }

    private static ProbeRequest ToRequest(string function, KprobeOptions options) =>
        new(IsUser: false, function, options.Offset, options.Return) { MaxActive = options.MaxActive ?? 0 };
}

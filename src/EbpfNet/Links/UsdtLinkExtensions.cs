namespace EbpfNet;

/// <summary>Attaches programs to USDT probes.</summary>
public static class UsdtLinkExtensions
{
    /// <summary>
    /// Attaches a program to a USDT probe (user statically-defined tracing, <c>DTRACE_PROBE</c> of <c>sys/sdt.h</c>), in all places of the file that have it (<c>BPF_LINK_CREATE</c> with
    /// <c>BPF_TRACE_UPROBE_MULTI</c>, Linux 6.6; else a probe for each, Linux 4.17).
    /// </summary>
    /// <remarks>
    /// Programs that read the probe's arguments with <c>bpf_usdt_arg</c> of libbpf's <c>usdt.bpf.h</c>, or of this project's <c>ebpfnet_usdt.h</c>, are told where those are. One whose object has no
    /// map for that is told <see cref="UsdtOptions.Cookie"/> by <c>bpf_get_attach_cookie</c>.
    /// </remarks>
    /// <param name="program">The program, of a section such as <c>usdt</c>.</param>
    /// <param name="file">The program or library: a path, or a name as <c>AttachUprobe</c> takes it.</param>
    /// <param name="provider">Who offers the probe: <c>libc</c>.</param>
    /// <param name="name">The probe: <c>setjmp</c>.</param>
    /// <param name="options">For whom.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The program is of another type, or the options name no process.</exception>
    /// <exception cref="BpfRelocationException">The file has no such probe: the message names what it has.</exception>
    /// <exception cref="BpfObjectFormatException">The file is no program or library, or its notes are damaged or of a form that is not known.</exception>
    /// <exception cref="BpfSyscallException">There is no such file or process, or CAP_PERFMON is missing: the message says which, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel cannot do what this probe needs: the message says what.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static UsdtLink AttachUsdt(this BpfProgram program, string file, string provider, string name, UsdtOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentException.ThrowIfNullOrEmpty(provider);
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new UsdtOptions();
        UprobeErrors.RequireProcess(options.ProcessId, nameof(options));
        return new UsdtAttacher(program, provider, name, options).Attach(file);
    }
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to many functions of the kernel at once.</summary>
public static class KprobeMultiLinkExtensions
{
    /// <summary>Attaches a program to all functions of the kernel and its modules whose names are of a form (<c>BPF_LINK_CREATE</c> with <c>BPF_TRACE_KPROBE_MULTI</c>, Linux 5.18; with <c>BPF_TRACE_KPROBE_SESSION</c>, Linux 6.10).</summary>
    /// <remarks>Which functions there are that can be watched is found in tracefs, which has to be mounted. Of several functions of one name the kernel takes the first. Functions of modules are attached to since Linux 6.1; before,
    /// those of the kernel alone: <see cref="KprobeMultiLink.Functions"/> tells which.</remarks>
    /// <param name="program">The program, loaded from a section <c>kprobe.multi</c>, <c>kretprobe.multi</c> or <c>kprobe.session</c>.</param>
    /// <param name="pattern">The form: <c>*</c> stands for any characters, <c>?</c> for one. <c>tcp_*</c>.</param>
    /// <param name="options">How.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <exception cref="ArgumentException">The program was not loaded for this.</exception>
    /// <exception cref="BpfRelocationException">No function is of that form.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the message says why, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel has no such links, or tracefs is not mounted.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static KprobeMultiLink AttachKprobeMulti(this BpfProgram program, string pattern, KprobeMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        options ??= new KprobeMultiOptions();
        Require(program, options);
        if (!Glob.IsPattern(pattern))
        {
            return Attach(program, [pattern], options, out BpfErrno refusal) ?? throw MultiProbeErrors.Kernel(program, [pattern], refusal);
        }

        (string[] kernel, string[] modules) = TraceableFunctions.Find(pattern, $"Attaching {program} to '{pattern}'");
        string[] all = [.. kernel, .. modules];
        if (all.Length == 0)
        {
            throw MultiProbeErrors.NothingMatches(pattern, "the kernel", []);
        }

        KprobeMultiLink? link = Attach(program, all, options, out BpfErrno error);
        if (link is null && error == BpfErrno.ESRCH && modules.Length > 0 && kernel.Length > 0)
        {
            link = Attach(program, kernel, options, out error); // The kernel does not look for names in modules before 6.1.
        }

        return link ?? throw MultiProbeErrors.Kernel(program, all, error);
    }

    /// <summary>Attaches a program to some functions of the kernel; see <see cref="AttachKprobeMulti(BpfProgram, string, KprobeMultiOptions?)"/>. It needs no tracefs.</summary>
    /// <param name="program">The program, loaded from a section <c>kprobe.multi</c>, <c>kretprobe.multi</c> or <c>kprobe.session</c>.</param>
    /// <param name="functions">The functions; each once.</param>
    /// <param name="options">How.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <exception cref="ArgumentException">The program was not loaded for this, or there are no functions.</exception>
    /// <exception cref="BpfSyscallException">There is no function of a name, or it cannot be watched: the message says which.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel has no such links.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static KprobeMultiLink AttachKprobeMulti(this BpfProgram program, IEnumerable<string> functions, KprobeMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(functions);
        options ??= new KprobeMultiOptions();
        Require(program, options);
        string[] all = [.. functions.Distinct(StringComparer.Ordinal)];
        return all.Length == 0 ? throw new ArgumentException("There are no functions to attach to.", nameof(functions))
            : Attach(program, all, options, out BpfErrno error) ?? throw MultiProbeErrors.Kernel(program, all, error);
    }

    private static void Require(BpfProgram program, KprobeMultiOptions options) =>
        MultiProbeErrors.Require(program, BpfAttachType.TraceKprobeMulti, BpfAttachType.TraceKprobeSession, options.Return, "kprobe.multi");

    private static KprobeMultiLink? Attach(BpfProgram program, string[] functions, KprobeMultiOptions options, out BpfErrno error)
    {
        ulong[]? cookies = options.Cookie is { } cookie ? [.. functions.Select(cookie)] : null;
        error = MultiProbeRequests.CreateKprobe(program.Handle, program.ExpectedAttachType, functions, cookies, options.Return, out BpfHandle? link);
        return link is null ? null : new KprobeMultiLink(program, link, functions, options.Return);
    }
}

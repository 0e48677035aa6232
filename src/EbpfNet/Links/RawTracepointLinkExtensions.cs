using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to raw tracepoints.</summary>
public static class RawTracepointLinkExtensions
{
    /// <summary>
    /// Attaches a program to a raw tracepoint: one of section <c>raw_tp</c> or <c>raw_tp.w</c> to any, by name (<c>BPF_RAW_TRACEPOINT_OPEN</c>, Linux 4.17); one of section <c>tp_btf</c> to that
    /// which it was loaded for (<c>BPF_LINK_CREATE</c>, Linux 5.19; else <c>BPF_RAW_TRACEPOINT_OPEN</c>, Linux 5.5).
    /// </summary>
    /// <param name="program">The program.</param>
    /// <param name="name">
    /// The tracepoint, for example <c>sched_switch</c>, without its group; <see langword="null"/> for what the section's name says. One of section <c>tp_btf</c> has its own.
    /// </param>
    /// <param name="cookie">What the program gets from <c>bpf_get_attach_cookie</c>, to know this attachment by (Linux 6.10); 0 for nothing.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The program is of another type, or no name is known, or another one than the program was loaded for.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel has no cookies for raw tracepoints.</exception>
    /// <exception cref="BpfSyscallException">There is no such tracepoint (the message has the nearest name), or it has fewer arguments than the program reads.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static RawTracepointLink AttachRawTracepoint(this BpfProgram program, string? name = null, ulong cookie = 0)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (program.Type is not (BpfProgramType.RawTracepoint or BpfProgramType.RawTracepointWritable))
        {
            return AttachToItsOwn(program, name, cookie);
        }

        name ??= program.AttachTarget ?? throw new ArgumentException($"Neither the section of {program} nor the call says which raw tracepoint.", nameof(name));
        BpfErrno error = RawTracepoints.Open(program.Handle, name, cookie, out BpfHandle? link);
        if (link is null && cookie != 0 && error is BpfErrno.EINVAL or BpfErrno.E2BIG && TracingProbes.RawTracepointCookies.IsMissing)
        {
            throw TracingErrors.NoCookie(program, new Version(6, 10));
        }

        return new RawTracepointLink(program, link ?? throw TracingErrors.RawTracepoint(program, name, error), name, cookie);
    }

    private static RawTracepointLink AttachToItsOwn(BpfProgram program, string? name, ulong cookie)
    {
        TracingAttacher.Require(program, BpfProgramType.Tracing, [BpfAttachType.TraceRawTp], "programs of the sections raw_tp, raw_tp.w and tp_btf", "");
        if (name is not null && program.AttachTarget is { } own && own != name)
        {
            throw new ArgumentException($"{program} was loaded for raw tracepoint '{own}' and cannot be attached to '{name}': set its AttachTarget before loading.", nameof(name));
        }

        return new RawTracepointLink(program, TracingAttacher.Attach(program, cookie), program.AttachTarget, cookie);
    }
}

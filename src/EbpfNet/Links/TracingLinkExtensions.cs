using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet;

/// <summary>Attaches programs to functions of the kernel and of other programs.</summary>
public static class TracingLinkExtensions
{
    private static readonly BpfAttachType[] OfFunctions = [BpfAttachType.TraceFentry, BpfAttachType.TraceFexit, BpfAttachType.ModifyReturn, BpfAttachType.TraceFsession];

    /// <summary>
    /// Attaches a program of section <c>fentry</c>, <c>fexit</c> (Linux 5.5), <c>fmod_ret</c> (5.7) or <c>fsession</c> (7.0) to the function that it was loaded for
    /// (<c>BPF_LINK_CREATE</c>, Linux 5.19; else <c>BPF_RAW_TRACEPOINT_OPEN</c>).
    /// </summary>
    /// <param name="program">The program.</param>
    /// <param name="cookie">What the program gets from <c>bpf_get_attach_cookie</c>, to know this attachment by (Linux 5.19); 0 for nothing.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The program is of another type, or was loaded for something else.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel has no cookies for such programs.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: too many programs are attached there, or functions cannot be traced on this machine.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static TracingLink AttachTracing(this BpfProgram program, ulong cookie = 0)
    {
        ArgumentNullException.ThrowIfNull(program);
        TracingAttacher.Require(program, BpfProgramType.Tracing, OfFunctions, "programs of the sections fentry, fexit, fmod_ret and fsession", "");
        return new TracingLink(program, TracingAttacher.Attach(program, cookie), program.AttachTarget, cookie);
    }

    /// <summary>
    /// Attaches a program of section <c>lsm</c> to the hook that it was loaded for: it is asked beside the other security modules (<c>BPF_LINK_CREATE</c>, Linux 5.19; else <c>BPF_RAW_TRACEPOINT_OPEN</c>, 5.7).
    /// The kernel has to be started with <c>bpf</c> among its security modules (<c>lsm=…,bpf</c>), else the program is attached and never asked.
    /// </summary>
    /// <inheritdoc cref="AttachTracing"/>
    public static TracingLink AttachLsm(this BpfProgram program, ulong cookie = 0)
    {
        ArgumentNullException.ThrowIfNull(program);
        TracingAttacher.Require(
            program, BpfProgramType.Lsm, [BpfAttachType.LsmMac], "programs of section lsm", program.ExpectedAttachType == BpfAttachType.LsmCgroup ? ": use AttachCgroup" : "");
        return new TracingLink(program, TracingAttacher.Attach(program, cookie), program.AttachTarget, cookie);
    }

    /// <summary>
    /// Puts a program of section <c>freplace</c> in the place of the function that it was loaded for (<see cref="ProgramTargets"/>; <c>BPF_LINK_CREATE</c>, Linux 5.19; else <c>BPF_RAW_TRACEPOINT_OPEN</c>, 5.6).
    /// </summary>
    /// <param name="program">The replacement.</param>
    /// <returns>The link; disposing it gives the function its own code back.</returns>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the function is replaced already, or this program is in use.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static TracingLink AttachReplacement(this BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        RequireReplacement(program);
        return new TracingLink(program, TracingAttacher.Attach(program, 0), program.AttachTarget, 0);
    }

    /// <summary>
    /// Puts a program of section <c>freplace</c> in the place of a function, which need not be the one that it was loaded for, but has the same parameters (<c>BPF_LINK_CREATE</c> with the
    /// target's descriptor, Linux 5.10): to replace the same function in several programs, or again.
    /// </summary>
    /// <param name="program">The replacement.</param>
    /// <param name="target">The program that the function belongs to.</param>
    /// <param name="function">The name of the function in C: a global one.</param>
    /// <returns>The link; disposing it gives the function its own code back.</returns>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfRelocationException">The target has no function of this name.</exception>
    /// <exception cref="BpfNotSupportedException">The target was loaded without types.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the function is replaced already, or has other parameters.</exception>
    /// <exception cref="ObjectDisposedException">A program was disposed.</exception>
    public static TracingLink AttachReplacement(this BpfProgram program, BpfProgram target, string function)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentException.ThrowIfNullOrEmpty(function);
        RequireReplacement(program);
        BtfTypeId id = AttachTarget.FindFunction(target, function, program.Name);
        using BpfHandle.Lease targetFd = target.Handle.Acquire();
        BpfErrno error = KernelLinks.Create(program.Handle, new LinkCreateAttribute { TargetFd = targetFd.Fd, TargetBtfId = id.Value }, out BpfHandle? link);
        return new TracingLink(program, link ?? throw TracingErrors.Replacement(program, target, function, error), function, 0);
    }

    private static void RequireReplacement(BpfProgram program) => TracingAttacher.Require(program, BpfProgramType.Ext, [], "programs of section freplace", "");
}

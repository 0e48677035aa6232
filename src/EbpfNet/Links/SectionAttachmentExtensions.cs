namespace EbpfNet;

/// <summary>Attaches programs to what the names of their sections say.</summary>
public static class SectionAttachmentExtensions
{
    /// <summary>
    /// Attaches the program to what its section's name says, or to what <see cref="BpfProgramSpec.AttachTarget"/> was set to before it was loaded: one of section
    /// <c>tp_btf/tcp_retransmit_skb</c> to that tracepoint. A name that does not say it all, such as <c>xdp</c>, needs the method of its hook.
    /// </summary>
    /// <param name="program">The program, loaded from an object.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">The section's name does not say where: the message names the method that takes it.</exception>
    /// <exception cref="BpfException">The kernel refused, or has nothing of that name: see the method of the hook.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static BpfLink Attach(this BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return SectionAttachment.FindObstacle(program, out Func<BpfLink>? attach) is { } obstacle ? throw new InvalidOperationException(obstacle) : attach!();
    }
}

namespace EbpfNet;

/// <summary>Attaches tc programs to network interfaces.</summary>
public static class TcLinkExtensions
{
    /// <summary>
    /// Attaches a tc program to the packets of a network interface, behind the programs that are there (<c>BPF_LINK_CREATE</c> with <c>BPF_TCX_INGRESS</c> or
    /// <c>BPF_TCX_EGRESS</c>, Linux 6.6; else a filter of <c>clsact</c> with direct action by netlink, Linux 4.5).
    /// </summary>
    /// <param name="program">The program: sections <c>tc</c>, <c>tcx/ingress</c>, <c>tcx/egress</c>, <c>classifier</c>; and <c>action</c>, which becomes the action of a filter that takes every packet.</param>
    /// <param name="interfaceName">The interface, for example <c>eth0</c>, in the network namespace of the calling thread.</param>
    /// <param name="direction">Whether it sees what comes in or what goes out.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no tc program, or the options contradict each other.</exception>
    /// <exception cref="BpfNotSupportedException">The options ask for tcx, which this kernel does not have.</exception>
    /// <exception cref="BpfSyscallException">There is no such interface, the place is taken, or CAP_NET_ADMIN is missing: the message says which, and what to do.</exception>
    public static TcLink AttachTc(this BpfProgram program, string interfaceName, TcDirection direction, TcAttachOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        return TcAttacher.Attach(program, interfaceName, 0, direction, options ?? new TcAttachOptions());
    }

    /// <summary>Attaches a tc program to the packets of a network interface given by its index; see <see cref="AttachTc(BpfProgram, string, TcDirection, TcAttachOptions?)"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="interfaceIndex">The interface's index in the network namespace of the calling thread.</param>
    /// <param name="direction">Whether it sees what comes in or what goes out.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no tc program, or the options contradict each other.</exception>
    /// <exception cref="BpfNotSupportedException">The options ask for tcx, which this kernel does not have.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the message says why, and what to do.</exception>
    public static TcLink AttachTc(this BpfProgram program, int interfaceIndex, TcDirection direction, TcAttachOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        return TcAttacher.Attach(program, null, interfaceIndex, direction, options ?? new TcAttachOptions());
    }
}

namespace EbpfNet;

/// <summary>Attaches XDP programs to network interfaces.</summary>
public static class XdpLinkExtensions
{
    /// <summary>Attaches an XDP program to a network interface, which must have none yet (<c>BPF_LINK_CREATE</c> with <c>BPF_XDP</c>, Linux 5.9; else netlink, Linux 4.12).</summary>
    /// <param name="program">The program.</param>
    /// <param name="interfaceName">The interface, for example <c>eth0</c>, in the network namespace of the calling thread.</param>
    /// <param name="mode">Where the program runs.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no XDP program, or one that runs from a map (sections <c>xdp/devmap</c>, <c>xdp/cpumap</c>).</exception>
    /// <exception cref="BpfSyscallException">There is no such interface, a program is attached there already, the driver cannot run XDP in this mode, or CAP_NET_ADMIN is missing: the message says which, and what to do.</exception>
    public static XdpLink AttachXdp(this BpfProgram program, string interfaceName, XdpMode mode = XdpMode.Auto) =>
        AttachXdp(program, interfaceName, new XdpAttachOptions { Mode = mode });

    /// <summary>Attaches an XDP program to a network interface by its index; see <see cref="AttachXdp(BpfProgram, string, XdpMode)"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="interfaceIndex">The interface's index in the network namespace of the calling thread.</param>
    /// <param name="mode">Where the program runs.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no XDP program, or one that runs from a map.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the message says why, and what to do.</exception>
    public static XdpLink AttachXdp(this BpfProgram program, int interfaceIndex, XdpMode mode = XdpMode.Auto) =>
        AttachXdp(program, interfaceIndex, new XdpAttachOptions { Mode = mode });

    /// <summary>Attaches an XDP program to a network interface, or puts it in the place of another; see <see cref="AttachXdp(BpfProgram, string, XdpMode)"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="interfaceName">The interface, for example <c>eth0</c>, in the network namespace of the calling thread.</param>
    /// <param name="options">How.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no XDP program, or one that runs from a map.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the message says why, and what to do.</exception>
    public static XdpLink AttachXdp(this BpfProgram program, string interfaceName, XdpAttachOptions options)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        ArgumentNullException.ThrowIfNull(options);
        return XdpAttacher.Attach(program, interfaceName, 0, options);
    }

    /// <summary>Attaches an XDP program to a network interface by its index, or puts it in the place of another; see <see cref="AttachXdp(BpfProgram, string, XdpMode)"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="interfaceIndex">The interface's index in the network namespace of the calling thread.</param>
    /// <param name="options">How.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no XDP program, or one that runs from a map.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the message says why, and what to do.</exception>
    public static XdpLink AttachXdp(this BpfProgram program, int interfaceIndex, XdpAttachOptions options)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        ArgumentNullException.ThrowIfNull(options);
        return XdpAttacher.Attach(program, null, interfaceIndex, options);
    }
}

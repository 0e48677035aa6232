namespace EbpfNet.Abi;

/// <summary>What an XDP program decides about a packet: its return value (<c>enum xdp_action</c>).</summary>
/// <remarks>Any other value counts as <see cref="Aborted"/>.</remarks>
public enum XdpAction : uint
{
    /// <summary>Dropped, and reported through the tracepoint <c>xdp:xdp_exception</c>: the program failed. <c>XDP_ABORTED</c>, Linux 4.8.</summary>
    Aborted = 0,

    /// <summary>Dropped. <c>XDP_DROP</c>, Linux 4.8.</summary>
    Drop = 1,

    /// <summary>Handed to the kernel's network stack. <c>XDP_PASS</c>, Linux 4.8.</summary>
    Pass = 2,

    /// <summary>Sent back out of the device it came in by. <c>XDP_TX</c>, Linux 4.8.</summary>
    Tx = 3,

    /// <summary>Sent to another device, CPU or AF_XDP socket, chosen with a redirect helper. <c>XDP_REDIRECT</c>, Linux 4.14.</summary>
    Redirect = 4,
}

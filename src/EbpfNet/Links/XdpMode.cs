namespace EbpfNet;

/// <summary>Where an XDP program runs (<c>XDP_FLAGS_*_MODE</c>).</summary>
public enum XdpMode
{
    /// <summary>Native where the driver can, else generic; <see cref="XdpLink.Mode"/> tells which it became.</summary>
    Auto = 0,

    /// <summary>In the network driver, before the kernel makes its own structure for the packet: fast. <c>XDP_FLAGS_DRV_MODE</c>, Linux 4.12.</summary>
    Native = 1,

    /// <summary>In the network stack, after the kernel made its own structure for the packet: slower, but on any interface. <c>XDP_FLAGS_SKB_MODE</c>, Linux 4.12.</summary>
    Generic = 2,

    /// <summary>In the network card itself; the program has to be loaded for that card. <c>XDP_FLAGS_HW_MODE</c>, Linux 4.13.</summary>
    Offload = 3,
}

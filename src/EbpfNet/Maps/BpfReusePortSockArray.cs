using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>
/// An array of sockets that share an address and port (<c>BPF_MAP_TYPE_REUSEPORT_SOCKARRAY</c>, Linux 4.19), out of which a program chooses who gets a
/// connection or packet: <c>bpf_sk_select_reuseport</c>.
/// </summary>
/// <remarks>
/// A socket can be in one such map, at one place. It is TCP or UDP, has the option <c>SO_REUSEPORT</c>, and is bound or listens.
/// </remarks>
public sealed class BpfReusePortSockArray : BpfSocketArray
{
    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfReusePortSockArray(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfReusePortSockArray(BpfMap map, bool owned)
        : base(map, BpfMapType.ReusePortSockArray, nameof(BpfReusePortSockArray), owned)
    {
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map, whose values have 8 bytes where the kernel has that (Linux 4.19), else 4.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfReusePortSockArray Create(string name, int length, BpfMapFlags flags = BpfMapFlags.None) =>
        new(ReferenceElements.CreateForSockets(BpfMapType.ReusePortSockArray, name, sizeof(int), length, flags), owned: true);
}

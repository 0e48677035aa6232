using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>
/// An array of sockets (<c>BPF_MAP_TYPE_SOCKMAP</c>, Linux 4.14), between which programs move data without user space: <c>bpf_sk_redirect_map</c>,
/// <c>bpf_msg_redirect_map</c>.
/// </summary>
/// <remarks>
/// The programs that the map has when a socket is put in are the ones that see the socket's data: attach them before (<c>AttachSockMap</c>). A socket has
/// to be connected, or listen, to be put in.
/// </remarks>
public sealed class BpfSockMap : BpfSocketArray
{
    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfSockMap(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfSockMap(BpfMap map, bool owned)
        : base(map, BpfMapType.SockMap, nameof(BpfSockMap), owned)
    {
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map, whose values have 8 bytes where the kernel has that (Linux 5.7), else 4.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfSockMap Create(string name, int length, BpfMapFlags flags = BpfMapFlags.None) =>
        new(ReferenceElements.CreateForSockets(BpfMapType.SockMap, name, sizeof(int), length, flags), owned: true);
}

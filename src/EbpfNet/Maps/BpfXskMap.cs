using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>
/// An array of AF_XDP sockets that XDP programs redirect packets to with <c>bpf_redirect_map</c>, past the network stack (<c>BPF_MAP_TYPE_XSKMAP</c>, Linux 4.18). The index is
/// usually the number of the receive queue that the socket is bound to.
/// </summary>
/// <remarks>
/// A packet reaches a socket only if that is bound to the interface and queue that the packet came by. A socket that is closed leaves the map (Linux 5.3). The kernel does not tell
/// user space what is in it. .NET's <c>Socket</c> does not open sockets of this kind: any <see cref="SafeHandle"/> of one will do. Members may be called from several threads.
/// </remarks>
public sealed unsafe class BpfXskMap : IDisposable
{
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfXskMap(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfXskMap(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfXskMap), BpfMapType.XskMap);
        Map = map;
        Length = checked((int)map.MaxEntries);
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of elements, empty ones included.</summary>
    public int Length { get; }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfXskMap Create(string name, int length, BpfMapFlags flags = BpfMapFlags.None) =>
        new(MapCreation.Create(BpfMapType.XskMap, name, sizeof(int), sizeof(uint), length, flags), owned: true);

    /// <summary>Puts a socket in, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="socket">The socket, of AF_XDP, with its rings. It stays open elsewhere: closing it takes it out.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">It is no such socket, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map or the socket was disposed.</exception>
    public void Set(int index, SafeHandle socket)
    {
        RequireIndex(index);
        ArgumentNullException.ThrowIfNull(socket);
        ReferenceElements.Set(Map, &index, socket, "a socket");
    }

    /// <summary>Puts a socket in, unless there is another (<c>BPF_NOEXIST</c>, Linux 5.3).</summary>
    /// <returns>Whether it was put in, or was there already.</returns>
    /// <inheritdoc cref="Set"/>
    public bool TryAdd(int index, SafeHandle socket)
    {
        RequireIndex(index);
        ArgumentNullException.ThrowIfNull(socket);
        return ReferenceElements.TryAdd(Map, &index, socket, "a socket");
    }

    /// <summary>Puts a socket in the place of another, if there is one (<c>BPF_EXIST</c>, Linux 5.3).</summary>
    /// <returns>Whether there was one.</returns>
    /// <inheritdoc cref="Set"/>
    public bool TryUpdate(int index, SafeHandle socket)
    {
        RequireIndex(index);
        ArgumentNullException.ThrowIfNull(socket);
        return ReferenceElements.TryReplace(Map, &index, socket, "a socket");
    }

    /// <summary>Takes the socket at an index out (<c>BPF_MAP_DELETE_ELEM</c>). The kernel does not tell whether there was one.</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Remove(int index)
    {
        RequireIndex(index);
        _ = ReferenceElements.Remove(Map, &index);
    }

    /// <summary>Takes all sockets out.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => ReferenceElements.Clear(Map);

    /// <summary>Closes the map if <see cref="Create"/> made it; a map that the view was made of stays open. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (_owned)
        {
            Map.Dispose();
        }
    }

    /// <summary>The map as messages call it.</summary>
    public override string ToString() => Map.ToString();

    private void RequireIndex(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            MapErrors.ThrowIndex(Map, index);
        }
    }
}

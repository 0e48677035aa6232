using System.Collections;
using System.Net.Sockets;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>
/// An array of sockets that share an address and port (<c>BPF_MAP_TYPE_REUSEPORT_SOCKARRAY</c>, Linux 4.19), out of which a program chooses who gets a
/// connection or packet: <c>bpf_sk_select_reuseport</c>.
/// </summary>
/// <remarks>
/// A socket can be in one such map, at one place. One that is closed leaves it. Where the values have 4 bytes (as <c>__u32</c> in the program), sockets can be put in
/// and taken out, but not be read back. Members may be called from several threads.
/// </remarks>
public sealed unsafe class BpfReusePortSockArray : IEnumerable<KeyValuePair<int, ulong>>, IDisposable
{
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfReusePortSockArray(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfReusePortSockArray(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfReusePortSockArray), BpfMapType.ReusePortSockArray);
        map.HasBatches = false; // Elements may be empty, which batches take for the end.
        Map = map;
        Length = checked((int)map.MaxEntries);
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of elements, empty ones included.</summary>
    public int Length { get; }

    /// <summary>The number of sockets in it, found by counting them.</summary>
    /// <exception cref="BpfNotSupportedException">The values have 4 bytes: what is in the map cannot be read.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count
    {
        get
        {
            ReferenceElements.RequireCookies(Map);
            return MapView.Count(Map, sizeof(ulong));
        }
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map, whose values have 8 bytes where the kernel has that (Linux 4.19), else 4.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfReusePortSockArray Create(string name, int length, BpfMapFlags flags = BpfMapFlags.None) =>
        new(ReferenceElements.CreateForSockets(BpfMapType.ReusePortSockArray, name, sizeof(int), length, flags), owned: true);

    /// <summary>Puts a socket in, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="socket">The socket: TCP or UDP, with the option <c>SO_REUSEPORT</c>, bound or listening. It stays open elsewhere: closing it takes it out.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The socket does not share its port, is not bound yet, or is in such a map already, or the kernel refused; the message says why.</exception>
    /// <exception cref="ObjectDisposedException">The map or the socket was disposed.</exception>
    public void Set(int index, Socket socket)
    {
        RequireIndex(index);
        ReferenceElements.Set(Map, &index, socket);
    }

    /// <summary>Puts a socket in, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <returns>Whether it was put in.</returns>
    /// <inheritdoc cref="Set(int, Socket)"/>
    public bool TryAdd(int index, Socket socket)
    {
        RequireIndex(index);
        return ReferenceElements.TryAdd(Map, &index, socket);
    }

    /// <summary>Puts a socket in the place of another, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <returns>Whether there was one.</returns>
    /// <inheritdoc cref="Set(int, Socket)"/>
    public bool TryUpdate(int index, Socket socket)
    {
        RequireIndex(index);
        return ReferenceElements.TryReplace(Map, &index, socket);
    }

    /// <summary>Reads which socket is at an index (<c>BPF_MAP_LOOKUP_ELEM</c>, Linux 4.19).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="cookie">The socket's cookie, as <see cref="BpfSocketExtensions.GetCookie"/> tells it; 0 when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfNotSupportedException">The values have 4 bytes: what is in the map cannot be read.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetCookie(int index, out ulong cookie)
    {
        RequireIndex(index);
        return ReferenceElements.TryGetCookie(Map, &index, out cookie);
    }

    /// <summary>Whether there is a socket at an index; see <see cref="TryGetCookie"/>.</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfNotSupportedException">The values have 4 bytes: what is in the map cannot be read.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Contains(int index) => TryGetCookie(index, out _);

    /// <summary>Takes the socket at an index out (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(int index)
    {
        RequireIndex(index);
        return ReferenceElements.Remove(Map, &index);
    }

    /// <summary>Takes all sockets out.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => ReferenceElements.Clear(Map);

    /// <summary>Walks over the indexes and cookies of the sockets that are in it; empty elements are passed over.</summary>
    /// <returns>The enumerator.</returns>
    /// <exception cref="BpfNotSupportedException">The values have 4 bytes: what is in the map cannot be read.</exception>
    public BpfMapEnumerator<int, ulong> GetEnumerator()
    {
        ReferenceElements.RequireCookies(Map);
        return new(MapWalk.Begin(Map, sizeof(ulong)));
    }

    IEnumerator<KeyValuePair<int, ulong>> IEnumerable<KeyValuePair<int, ulong>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

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

using System.Collections;
using System.Net.Sockets;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>What arrays of sockets have in common: <see cref="BpfSockMap"/>, <see cref="BpfReusePortSockArray"/>.</summary>
/// <remarks>
/// A socket that is closed leaves the map. Where the values have 4 bytes (as <c>__u32</c> in the program), sockets can be put in and taken out, but not be read back. Members may be
/// called from several threads.
/// </remarks>
public abstract unsafe class BpfSocketArray : IEnumerable<KeyValuePair<int, ulong>>, IDisposable
{
    private readonly bool _owned;

    private protected BpfSocketArray(BpfMap map, BpfMapType kind, string view, bool owned)
    {
        MapView.RequireKind(map, view, kind);
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

    /// <summary>Puts a socket in, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="socket">The socket. It stays open elsewhere: closing it takes it out.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The socket is not in a state, or of a kind, to be in such a map, or the kernel refused; the message says why.</exception>
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

    /// <summary>Reads which socket is at an index (<c>BPF_MAP_LOOKUP_ELEM</c>; in a sockmap, Linux 5.7).</summary>
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

    /// <summary>Closes the map if <c>Create</c> made it; a map that the view was made of stays open. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (_owned)
        {
            Map.Dispose();
        }

        GC.SuppressFinalize(this);
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

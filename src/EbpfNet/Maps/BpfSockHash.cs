using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>
/// A hash table of sockets (<c>BPF_MAP_TYPE_SOCKHASH</c>, Linux 4.18), between which programs move data without user space: <c>bpf_sk_redirect_hash</c>,
/// <c>bpf_msg_redirect_hash</c>.
/// </summary>
/// <typeparam name="TKey">The type of the keys, laid out as the C type: all of its bytes count, padding included.</typeparam>
/// <remarks>
/// The programs that the map has when a socket is put in are the ones that see the socket's data: attach them before (<c>AttachSockMap</c>). A socket that is closed leaves
/// the map. Where the values have 4 bytes (as <c>__u32</c> in the program), sockets can be put in and taken out, but not be read back. Members may be called from
/// several threads.
/// </remarks>
public sealed unsafe class BpfSockHash<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey> : IEnumerable<KeyValuePair<TKey, ulong>>, IDisposable
    where TKey : unmanaged
{
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's keys.</exception>
    public BpfSockHash(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfSockHash(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfSockHash<TKey>), BpfMapType.SockHash);
        MapView.RequireKey<TKey>(map);
        map.HasBatches = false; // No kernel has them for this kind.
        Map = map;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of sockets in it, found by counting them.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, valueSize: 0);

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="maxEntries">The most sockets that it can hold.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map, whose values have 8 bytes where the kernel has that (Linux 5.7), else 4.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfSockHash<TKey> Create(string name, int maxEntries, BpfMapFlags flags = BpfMapFlags.None)
    {
        MapCreation.RequireKey<TKey>(name);
        return new(ReferenceElements.CreateForSockets(BpfMapType.SockHash, name, sizeof(TKey), maxEntries, flags), owned: true);
    }

    /// <summary>Puts a socket in, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="socket">The socket. It stays open elsewhere: closing it takes it out.</param>
    /// <exception cref="BpfSyscallException">The map is full, the socket is not connected or of a kind that cannot be in such a map, or the kernel refused; the message says why.</exception>
    /// <exception cref="ObjectDisposedException">The map or the socket was disposed.</exception>
    public void Set(in TKey key, Socket socket)
    {
        fixed (TKey* k = &key)
        {
            ReferenceElements.Set(Map, k, socket);
        }
    }

    /// <summary>Puts a socket in, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <returns>Whether it was put in.</returns>
    /// <inheritdoc cref="Set(in TKey, Socket)"/>
    public bool TryAdd(in TKey key, Socket socket)
    {
        fixed (TKey* k = &key)
        {
            return ReferenceElements.TryAdd(Map, k, socket);
        }
    }

    /// <summary>Puts a socket in the place of another, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <returns>Whether there was one.</returns>
    /// <inheritdoc cref="Set(in TKey, Socket)"/>
    public bool TryUpdate(in TKey key, Socket socket)
    {
        fixed (TKey* k = &key)
        {
            return ReferenceElements.TryReplace(Map, k, socket);
        }
    }

    /// <summary>Reads which socket is under a key (<c>BPF_MAP_LOOKUP_ELEM</c>, Linux 5.7).</summary>
    /// <param name="key">The key.</param>
    /// <param name="cookie">The socket's cookie, as <see cref="BpfSocketExtensions.GetCookie"/> tells it; 0 when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfNotSupportedException">The values have 4 bytes: what is in the map cannot be read.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetCookie(in TKey key, out ulong cookie)
    {
        fixed (TKey* k = &key)
        {
            return ReferenceElements.TryGetCookie(Map, k, out cookie);
        }
    }

    /// <summary>Whether a socket is under a key; see <see cref="TryGetCookie"/>.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BpfNotSupportedException">The values have 4 bytes: what is in the map cannot be read.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool ContainsKey(in TKey key) => TryGetCookie(key, out _);

    /// <summary>Takes the socket under a key out (<c>BPF_MAP_DELETE_ELEM</c>): it is an ordinary socket again.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(in TKey key)
    {
        fixed (TKey* k = &key)
        {
            return ReferenceElements.Remove(Map, k);
        }
    }

    /// <summary>Takes all sockets out.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => MapView.Clear(Map, valueSize: 0);

    /// <summary>Walks over the keys and cookies of the sockets that are in it.</summary>
    /// <returns>The enumerator.</returns>
    /// <exception cref="BpfNotSupportedException">The values have 4 bytes: what is in the map cannot be read.</exception>
    public BpfMapEnumerator<TKey, ulong> GetEnumerator()
    {
        ReferenceElements.RequireCookies(Map);
        return new(MapWalk.Begin(Map, sizeof(ulong)));
    }

    IEnumerator<KeyValuePair<TKey, ulong>> IEnumerable<KeyValuePair<TKey, ulong>>.GetEnumerator() => GetEnumerator();

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
}

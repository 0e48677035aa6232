using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>Values that programs and user space keep with sockets, each gone with its own (<c>BPF_MAP_TYPE_SK_STORAGE</c>, Linux 5.2).</summary>
/// <typeparam name="T">The type of the values, laid out as the C type.</typeparam>
/// <remarks>An operation is one system call and allocates nothing.</remarks>
public sealed class BpfSocketStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] T> : BpfLocalStorage<T>
    where T : unmanaged
{
    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's values.</exception>
    public BpfSocketStorage(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfSocketStorage(BpfMap map, bool owned)
        : base(map, nameof(BpfSocketStorage<T>), BpfMapType.SkStorage, owned)
    {
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="flags">How it is created: with <see cref="BpfMapFlags.Clone"/>, an accepted socket may get a copy of its listener's value.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfNotSupportedException">The kernel does not have this kind of map.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the value is too large, or a capability is missing.</exception>
    public static BpfSocketStorage<T> Create(string name, BpfMapFlags flags = BpfMapFlags.None) =>
        new(StorageCreation.Create<T>(BpfMapType.SkStorage, name, flags, new Version(5, 2)), owned: true);

    /// <summary>Reads what is kept with a socket (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetValue(Socket socket, out T value)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return TryGet(socket.SafeHandle, out value);
    }

    /// <summary>Keeps a value with a socket, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">The memory for options of the socket is used up (<c>net.core.optmem_max</c>), or the kernel refused.</exception>
    public void Set(Socket socket, in T value)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Put(socket.SafeHandle, value);
    }

    /// <summary>Keeps a value with a socket, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">The memory for options of the socket is used up (<c>net.core.optmem_max</c>), or the kernel refused.</exception>
    public bool TryAdd(Socket socket, in T value)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return TryAddNew(socket.SafeHandle, value);
    }

    /// <summary>Replaces the value that is kept with a socket, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryUpdate(Socket socket, in T value)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return TryReplace(socket.SafeHandle, value);
    }

    /// <summary>Removes what is kept with a socket (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="socket">The socket.</param>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return Delete(socket.SafeHandle);
    }
}

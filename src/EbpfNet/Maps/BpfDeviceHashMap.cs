using System.Collections;
using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// A hash table of network interfaces that XDP programs redirect packets to with <c>bpf_redirect_map</c> (<c>BPF_MAP_TYPE_DEVMAP_HASH</c>, Linux 5.4): like
/// <see cref="BpfDeviceMap"/>, for keys that are not small and close together, as the indexes of interfaces are not.
/// </summary>
/// <remarks>An interface that disappears leaves the map. Members may be called from several threads.</remarks>
public sealed unsafe class BpfDeviceHashMap : IEnumerable<KeyValuePair<uint, BpfDeviceTarget>>, IDisposable
{
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfDeviceHashMap(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfDeviceHashMap(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfDeviceHashMap), BpfMapType.DevMapHash);
        map.HasBatches = false; // No kernel has them for this kind.
        Map = map;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>Whether elements have room for a program: values of 8 bytes (Linux 5.8), not 4.</summary>
    public bool HasPrograms => RedirectTargets.HavePrograms(Map);

    /// <summary>The number of interfaces in it, found by counting them.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, valueSize: 0);

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="maxEntries">The most interfaces that it can hold.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map, whose elements have room for a program where the kernel has that (Linux 5.8).</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfDeviceHashMap Create(string name, int maxEntries, BpfMapFlags flags = BpfMapFlags.None) =>
        new(RedirectTargets.Create(BpfMapType.DevMapHash, name, maxEntries, flags), owned: true);

    /// <summary>Puts an interface in, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="key">The key: any number; often the interface's own index.</param>
    /// <param name="interfaceIndex">The interface's index in the network namespace of the calling thread. An interface that disappears leaves the map.</param>
    /// <param name="egressProgram">
    /// An XDP program of section <c>xdp/devmap</c> that sees the packets before they leave by the interface, and may drop them (Linux 5.8); <see langword="null"/> for none. It may be closed
    /// afterwards.
    /// </param>
    /// <exception cref="ArgumentException">The program is not one for such maps.</exception>
    /// <exception cref="BpfNotSupportedException">The elements have no room for a program: see <see cref="HasPrograms"/>.</exception>
    /// <exception cref="BpfSyscallException">There is no such interface, or no room, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map or the program was disposed.</exception>
    public void Set(uint key, int interfaceIndex, BpfProgram? egressProgram = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        int result = RedirectTargets.Update(Map, &key, (uint)interfaceIndex, egressProgram, BpfAttachType.XdpDevMap, BpfElementFlags.Any);
        if (result < 0)
        {
            throw DeviceErrors.Set(Map, interfaceIndex, egressProgram, result);
        }
    }

    /// <summary>Puts an interface in by its name; see <see cref="Set(uint, int, BpfProgram?)"/>.</summary>
    /// <param name="key">The key: any number; often the interface's own index.</param>
    /// <param name="interfaceName">The interface, for example <c>eth0</c>, in the network namespace of the calling thread. What has this name later does not matter.</param>
    /// <param name="egressProgram">An XDP program of section <c>xdp/devmap</c> (Linux 5.8); <see langword="null"/> for none.</param>
    /// <exception cref="ArgumentException">The program is not one for such maps.</exception>
    /// <exception cref="BpfNotSupportedException">The elements have no room for a program: see <see cref="HasPrograms"/>.</exception>
    /// <exception cref="BpfSyscallException">There is no such interface (the message lists those that there are), or no room, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map or the program was disposed.</exception>
    public void Set(uint key, string interfaceName, BpfProgram? egressProgram = null) => Set(key, DeviceErrors.RequireIndex(Map, interfaceName), egressProgram);

    /// <summary>Puts an interface in, unless there is one under the key (<c>BPF_NOEXIST</c>).</summary>
    /// <returns>Whether it was put in.</returns>
    /// <inheritdoc cref="Set(uint, int, BpfProgram?)"/>
    public bool TryAdd(uint key, int interfaceIndex, BpfProgram? egressProgram = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        int result = RedirectTargets.Update(Map, &key, (uint)interfaceIndex, egressProgram, BpfAttachType.XdpDevMap, BpfElementFlags.NoExist);
        if (result < 0 && result != MapElements.Exists)
        {
            throw DeviceErrors.Set(Map, interfaceIndex, egressProgram, result);
        }

        return result >= 0;
    }

    /// <summary>Reads which interface is under a key (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <param name="target">The interface, and its program; empty when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetValue(uint key, out BpfDeviceTarget target)
    {
        bool isThere = RedirectTargets.TryGet(Map, &key, out RedirectTarget found);
        target = BpfDeviceTarget.From(found);
        return isThere;
    }

    /// <summary>Whether an interface is under a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool ContainsKey(uint key) => TryGetValue(key, out _);

    /// <summary>Takes the interface under a key out (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(uint key) => ReferenceElements.Remove(Map, &key);

    /// <summary>Takes all interfaces out.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => MapView.Clear(Map, valueSize: 0);

    /// <summary>Walks over the keys and interfaces that are in it.</summary>
    /// <returns>The enumerator.</returns>
    public IEnumerator<KeyValuePair<uint, BpfDeviceTarget>> GetEnumerator()
    {
        using MapWalk walk = MapWalk.Begin(Map, Map.ValueSize);
        while (walk.MoveNext())
        {
            yield return new(Unsafe.ReadUnaligned<uint>(ref walk.Element.Key), BpfDeviceTarget.From(RedirectTargets.Read(walk.Element)));
        }
    }

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

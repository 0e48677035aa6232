using System.Collections;
using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An array of network interfaces that XDP programs redirect packets to with <c>bpf_redirect_map</c> (<c>BPF_MAP_TYPE_DEVMAP</c>, Linux 4.14).</summary>
/// <remarks>
/// An interface that disappears leaves the map. The program that redirects may itself be attached in native or generic mode. Members may be called from several threads.
/// </remarks>
public sealed unsafe class BpfDeviceMap : IEnumerable<KeyValuePair<int, BpfDeviceTarget>>, IDisposable
{
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfDeviceMap(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfDeviceMap(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfDeviceMap), BpfMapType.DevMap);
        map.HasBatches = false; // No kernel has them for this kind.
        Map = map;
        Length = checked((int)map.MaxEntries);
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of elements, empty ones included.</summary>
    public int Length { get; }

    /// <summary>Whether elements have room for a program: values of 8 bytes (Linux 5.8), not 4.</summary>
    public bool HasPrograms => RedirectTargets.HavePrograms(Map);

    /// <summary>The number of interfaces in it, found by counting them.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, Map.ValueSize);

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map, whose elements have room for a program where the kernel has that (Linux 5.8).</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfDeviceMap Create(string name, int length, BpfMapFlags flags = BpfMapFlags.None) =>
        new(RedirectTargets.Create(BpfMapType.DevMap, name, length, flags), owned: true);

    /// <summary>Puts an interface in, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="interfaceIndex">The interface's index in the network namespace of the calling thread. An interface that disappears leaves the map.</param>
    /// <param name="egressProgram">
    /// An XDP program of section <c>xdp/devmap</c> that sees the packets before they leave by the interface, and may drop them (Linux 5.8); <see langword="null"/> for none. It may be closed
    /// afterwards.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="ArgumentException">The program is not one for such maps.</exception>
    /// <exception cref="BpfNotSupportedException">The elements have no room for a program: see <see cref="HasPrograms"/>.</exception>
    /// <exception cref="BpfSyscallException">There is no such interface, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map or the program was disposed.</exception>
    public void Set(int index, int interfaceIndex, BpfProgram? egressProgram = null)
    {
        RequireIndex(index);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        int result = RedirectTargets.Update(Map, &index, (uint)interfaceIndex, egressProgram, BpfAttachType.XdpDevMap, BpfElementFlags.Any);
        if (result < 0)
        {
            throw DeviceErrors.Set(Map, interfaceIndex, egressProgram, result);
        }
    }

    /// <summary>Puts an interface in by its name; see <see cref="Set(int, int, BpfProgram?)"/>.</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="interfaceName">The interface, for example <c>eth0</c>, in the network namespace of the calling thread. What has this name later does not matter.</param>
    /// <param name="egressProgram">An XDP program of section <c>xdp/devmap</c> (Linux 5.8); <see langword="null"/> for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="ArgumentException">The program is not one for such maps.</exception>
    /// <exception cref="BpfNotSupportedException">The elements have no room for a program: see <see cref="HasPrograms"/>.</exception>
    /// <exception cref="BpfSyscallException">There is no such interface (the message lists those that there are), or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map or the program was disposed.</exception>
    public void Set(int index, string interfaceName, BpfProgram? egressProgram = null) => Set(index, DeviceErrors.RequireIndex(Map, interfaceName), egressProgram);

    /// <summary>Reads which interface is at an index (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="target">The interface, and its program; empty when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetValue(int index, out BpfDeviceTarget target)
    {
        RequireIndex(index);
        bool isThere = RedirectTargets.TryGet(Map, &index, out RedirectTarget found);
        target = BpfDeviceTarget.From(found);
        return isThere;
    }

    /// <summary>Takes the interface at an index out (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <returns>Whether there was one. Of two threads that remove the same at once, both may be told so.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(int index)
    {
        RequireIndex(index);
        return RedirectTargets.Remove(Map, &index);
    }

    /// <summary>Takes all interfaces out.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => ReferenceElements.Clear(Map);

    /// <summary>Walks over the indexes and interfaces that are in it; empty elements are passed over.</summary>
    /// <returns>The enumerator.</returns>
    public IEnumerator<KeyValuePair<int, BpfDeviceTarget>> GetEnumerator()
    {
        using MapWalk walk = MapWalk.Begin(Map, Map.ValueSize);
        while (walk.MoveNext())
        {
            yield return new(Unsafe.ReadUnaligned<int>(ref walk.Element.Key), BpfDeviceTarget.From(RedirectTargets.Read(walk.Element)));
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

    private void RequireIndex(int index)
    {
        if ((uint)index >= (uint)Length)
        {
            MapErrors.ThrowIndex(Map, index);
        }
    }
}

using System.Collections;
using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// An array of CPUs that XDP programs redirect packets to with <c>bpf_redirect_map</c> (<c>BPF_MAP_TYPE_CPUMAP</c>, Linux 4.15): the index is the CPU's number, and a thread of the kernel
/// there takes the packets up the network stack.
/// </summary>
/// <remarks>A CPU that is not in the map, or whose queue is full, does not get the packet: it is dropped. Members may be called from several threads.</remarks>
public sealed unsafe class BpfCpuMap : IEnumerable<KeyValuePair<int, BpfCpuTarget>>, IDisposable
{
    /// <summary>The longest queue that the kernel allows.</summary>
    public const int MaximumQueueSize = 16_384;

    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfCpuMap(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfCpuMap(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfCpuMap), BpfMapType.CpuMap);
        map.HasBatches = false; // No kernel has them for this kind.
        Map = map;
        Length = checked((int)map.MaxEntries);
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The number of elements, empty ones included: CPUs up to this one less one can be in it.</summary>
    public int Length { get; }

    /// <summary>Whether elements have room for a program: values of 8 bytes (Linux 5.9), not 4.</summary>
    public bool HasPrograms => RedirectTargets.HavePrograms(Map);

    /// <summary>The number of CPUs in it, found by counting them.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, Map.ValueSize);

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="length">The number of elements; <see langword="null"/> for one for each CPU that this machine could ever have.</param>
    /// <param name="flags">How it is created.</param>
    /// <returns>The view of the new map, whose elements have room for a program where the kernel has that (Linux 5.9).</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfCpuMap Create(string name, int? length = null, BpfMapFlags flags = BpfMapFlags.None) =>
        new(RedirectTargets.Create(BpfMapType.CpuMap, name, length ?? PossibleCpus.Count, flags), owned: true);

    /// <summary>Gives a CPU a queue, in the place of the one that it had (<c>BPF_MAP_UPDATE_ELEM</c>): packets can be redirected to it from now on.</summary>
    /// <param name="cpu">The CPU's number: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="queueSize">How many packets wait at most: 1 to <see cref="MaximumQueueSize"/>.</param>
    /// <param name="program">
    /// An XDP program of section <c>xdp/cpumap</c> that sees the packets on that CPU first, and may drop or redirect them (Linux 5.9); <see langword="null"/> for none. It may be
    /// closed afterwards.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element, or the queue is too short or too long.</exception>
    /// <exception cref="ArgumentException">The program is not one for such maps.</exception>
    /// <exception cref="BpfNotSupportedException">The elements have no room for a program: see <see cref="HasPrograms"/>.</exception>
    /// <exception cref="BpfSyscallException">This machine never has such a CPU, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map or the program was disposed.</exception>
    public void Set(int cpu, int queueSize, BpfProgram? program = null)
    {
        RequireIndex(cpu);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(queueSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(queueSize, MaximumQueueSize);
        int result = RedirectTargets.Update(Map, &cpu, (uint)queueSize, program, BpfAttachType.XdpCpuMap, BpfElementFlags.Any);
        if (result < 0)
        {
            throw MapErrors.Create(Map, BpfCommand.MapUpdateElem, result, $"put CPU {cpu} with a queue of {queueSize} packets into");
        }
    }

    /// <summary>Reads which queue a CPU has (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="cpu">The CPU's number: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="target">The queue, and its program; empty when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetValue(int cpu, out BpfCpuTarget target)
    {
        RequireIndex(cpu);
        bool isThere = RedirectTargets.TryGet(Map, &cpu, out RedirectTarget found);
        target = BpfCpuTarget.From(found);
        return isThere;
    }

    /// <summary>Takes the CPU out (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="cpu">The CPU's number: 0 to <see cref="Length"/> - 1.</param>
    /// <returns>Whether there was one. Of two threads that remove the same at once, both may be told so.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(int cpu)
    {
        RequireIndex(cpu);
        return RedirectTargets.Remove(Map, &cpu);
    }

    /// <summary>Takes all CPUs out.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear() => ReferenceElements.Clear(Map);

    /// <summary>Walks over the CPUs that are in it.</summary>
    /// <returns>The enumerator.</returns>
    public IEnumerator<KeyValuePair<int, BpfCpuTarget>> GetEnumerator()
    {
        using MapWalk walk = MapWalk.Begin(Map, Map.ValueSize);
        while (walk.MoveNext())
        {
            yield return new(Unsafe.ReadUnaligned<int>(ref walk.Element.Key), BpfCpuTarget.From(RedirectTargets.Read(walk.Element)));
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

    private void RequireIndex(int cpu)
    {
        if ((uint)cpu >= (uint)Length)
        {
            MapErrors.ThrowIndex(Map, cpu, nameof(cpu));
        }
    }
}

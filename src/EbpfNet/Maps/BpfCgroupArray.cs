using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>
/// An array of control groups that programs ask whether something belongs to one: <c>bpf_current_task_under_cgroup</c>, <c>bpf_skb_under_cgroup</c>
/// (<c>BPF_MAP_TYPE_CGROUP_ARRAY</c>, Linux 4.8).
/// </summary>
/// <remarks>
/// Control groups of version 2 only. The map holds them: one that is removed stays, empty, until it is taken out. The kernel does not tell user space what is in it. Members may be called
/// from several threads.
/// </remarks>
public sealed unsafe class BpfCgroupArray : IDisposable
{
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfCgroupArray(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfCgroupArray(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfCgroupArray), BpfMapType.CgroupArray);
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
    public static BpfCgroupArray Create(string name, int length, BpfMapFlags flags = BpfMapFlags.None) =>
        new(MapCreation.Create(BpfMapType.CgroupArray, name, sizeof(int), sizeof(uint), length, flags), owned: true);

    /// <summary>Puts a control group in, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="cgroup">The control group. It may be closed afterwards.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The folder is not one of a control group of version 2, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map or the control group was disposed.</exception>
    public void Set(int index, BpfCgroup cgroup)
    {
        RequireIndex(index);
        ArgumentNullException.ThrowIfNull(cgroup);
        ReferenceElements.Set(Map, &index, cgroup.Handle, cgroup.ToString());
    }

    /// <summary>Puts a control group in by its path; see <see cref="Set(int, BpfCgroup)"/>.</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <param name="path">Its folder, for example <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">There is no such folder, it is not one of a control group of version 2, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public void Set(int index, string path)
    {
        RequireIndex(index);
        using BpfCgroup cgroup = BpfCgroup.Open(path);
        Set(index, cgroup);
    }

    /// <summary>Takes the control group at an index out (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="index">Where: 0 to <see cref="Length"/> - 1.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(int index)
    {
        RequireIndex(index);
        return ReferenceElements.Remove(Map, &index);
    }

    /// <summary>Takes all control groups out.</summary>
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

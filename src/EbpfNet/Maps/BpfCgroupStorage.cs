using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>Values that programs and user space keep with control groups, each gone with its own (<c>BPF_MAP_TYPE_CGRP_STORAGE</c>, Linux 6.2).</summary>
/// <typeparam name="T">The type of the values, laid out as the C type.</typeparam>
/// <remarks>With a <see cref="BpfCgroup"/> an operation is one system call and allocates nothing; by path it opens and closes the folder besides. The older kind of storage, whose values come with
/// the attachment of a program to a control group (<c>BPF_MAP_TYPE_CGROUP_STORAGE</c>), is <see cref="BpfAttachedCgroupStorage{TKey, TValue}"/>.</remarks>
public sealed class BpfCgroupStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] T> : BpfLocalStorage<T>
    where T : unmanaged
{
    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's values.</exception>
    public BpfCgroupStorage(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfCgroupStorage(BpfMap map, bool owned)
        : base(map, nameof(BpfCgroupStorage<T>), BpfMapType.CgrpStorage, owned)
    {
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfNotSupportedException">The kernel does not have this kind of map.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the value is too large, or a capability is missing.</exception>
    public static BpfCgroupStorage<T> Create(string name) =>
        new(StorageCreation.Create<T>(BpfMapType.CgrpStorage, name, BpfMapFlags.None, new Version(6, 2)), owned: true);

    /// <summary>Reads what is kept with a control group (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="cgroup">The control group.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The folder is not one of a control group, or the kernel refused.</exception>
    public bool TryGetValue(BpfCgroup cgroup, out T value)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        return TryGet(cgroup.Handle, out value);
    }

    /// <summary>Keeps a value with a control group, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="cgroup">The control group.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">The folder is not one of a control group, or the kernel refused.</exception>
    public void Set(BpfCgroup cgroup, in T value)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        Put(cgroup.Handle, value);
    }

    /// <summary>Keeps a value with a control group, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="cgroup">The control group.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">The folder is not one of a control group, or the kernel refused.</exception>
    public bool TryAdd(BpfCgroup cgroup, in T value)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        return TryAddNew(cgroup.Handle, value);
    }

    /// <summary>Replaces the value that is kept with a control group, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <param name="cgroup">The control group.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">The folder is not one of a control group, or the kernel refused.</exception>
    public bool TryUpdate(BpfCgroup cgroup, in T value)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        return TryReplace(cgroup.Handle, value);
    }

    /// <summary>Removes what is kept with a control group (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="cgroup">The control group.</param>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="BpfSyscallException">The folder is not one of a control group, or the kernel refused.</exception>
    public bool Remove(BpfCgroup cgroup)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        return Delete(cgroup.Handle);
    }

    /// <summary>Reads what is kept with a control group (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="path">The control group's folder.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">There is no such folder, it is not one of a control group, or the kernel refused.</exception>
    public bool TryGetValue(string path, out T value)
    {
        using BpfCgroup cgroup = BpfCgroup.Open(path);
        return TryGet(cgroup.Handle, out value);
    }

    /// <summary>Keeps a value with a control group, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="path">The control group's folder.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">There is no such folder, it is not one of a control group, or the kernel refused.</exception>
    public void Set(string path, in T value)
    {
        using BpfCgroup cgroup = BpfCgroup.Open(path);
        Put(cgroup.Handle, value);
    }

    /// <summary>Keeps a value with a control group, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="path">The control group's folder.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">There is no such folder, it is not one of a control group, or the kernel refused.</exception>
    public bool TryAdd(string path, in T value)
    {
        using BpfCgroup cgroup = BpfCgroup.Open(path);
        return TryAddNew(cgroup.Handle, value);
    }

    /// <summary>Replaces the value that is kept with a control group, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <param name="path">The control group's folder.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">There is no such folder, it is not one of a control group, or the kernel refused.</exception>
    public bool TryUpdate(string path, in T value)
    {
        using BpfCgroup cgroup = BpfCgroup.Open(path);
        return TryReplace(cgroup.Handle, value);
    }

    /// <summary>Removes what is kept with a control group (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="path">The control group's folder.</param>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="BpfSyscallException">There is no such folder, it is not one of a control group, or the kernel refused.</exception>
    public bool Remove(string path)
    {
        using BpfCgroup cgroup = BpfCgroup.Open(path);
        return Delete(cgroup.Handle);
    }
}

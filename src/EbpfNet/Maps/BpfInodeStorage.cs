using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Kernel;
using Microsoft.Win32.SafeHandles;

namespace EbpfNet;

/// <summary>Values that programs and user space keep with inodes (files, folders, devices), each gone when the kernel lets go of the inode (<c>BPF_MAP_TYPE_INODE_STORAGE</c>, Linux 5.10, built with <c>CONFIG_BPF_LSM</c>).</summary>
/// <typeparam name="T">The type of the values, laid out as the C type.</typeparam>
/// <remarks>All names of a file share one value. What is kept is in memory only: it goes when the file is removed, and may go when nobody has it open. With an open file an operation is one system call
/// and allocates nothing. Only LSM programs have access to it.</remarks>
public sealed class BpfInodeStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] T> : BpfLocalStorage<T>
    where T : unmanaged
{
    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's values.</exception>
    public BpfInodeStorage(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfInodeStorage(BpfMap map, bool owned)
        : base(map, nameof(BpfInodeStorage<T>), BpfMapType.InodeStorage, owned)
    {
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfNotSupportedException">The kernel does not have this kind of map.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the value is too large, or a capability is missing.</exception>
    public static BpfInodeStorage<T> Create(string name) =>
        new(StorageCreation.Create<T>(BpfMapType.InodeStorage, name, BpfMapFlags.None, new Version(5, 10)), owned: true);

    /// <summary>Reads what is kept with a file (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="file">The file, open for whatever.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetValue(SafeFileHandle file, out T value)
    {
        ArgumentNullException.ThrowIfNull(file);
        return TryGet(file, out value);
    }

    /// <summary>Keeps a value with a file, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="file">The file, open for whatever.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">The kernel refused, or has no memory for it.</exception>
    public void Set(SafeFileHandle file, in T value)
    {
        ArgumentNullException.ThrowIfNull(file);
        Put(file, value);
    }

    /// <summary>Keeps a value with a file, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="file">The file, open for whatever.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused, or has no memory for it.</exception>
    public bool TryAdd(SafeFileHandle file, in T value)
    {
        ArgumentNullException.ThrowIfNull(file);
        return TryAddNew(file, value);
    }

    /// <summary>Replaces the value that is kept with a file, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <param name="file">The file, open for whatever.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryUpdate(SafeFileHandle file, in T value)
    {
        ArgumentNullException.ThrowIfNull(file);
        return TryReplace(file, value);
    }

    /// <summary>Removes what is kept with a file (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="file">The file, open for whatever.</param>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Delete(file);
    }

    /// <summary>Reads what is kept with a file or folder (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="path">Its path; symbolic links are followed, and no permission on the file itself is needed.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">There is nothing of that name, or the kernel refused.</exception>
    public bool TryGetValue(string path, out T value)
    {
        using BpfHandle file = PathDescriptor.OpenName(path, "file");
        return TryGet(file, out value);
    }

    /// <summary>Keeps a value with a file or folder, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="path">Its path; symbolic links are followed, and no permission on the file itself is needed.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">There is nothing of that name, or the kernel refused.</exception>
    public void Set(string path, in T value)
    {
        using BpfHandle file = PathDescriptor.OpenName(path, "file");
        Put(file, value);
    }

    /// <summary>Keeps a value with a file or folder, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="path">Its path; symbolic links are followed, and no permission on the file itself is needed.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">There is nothing of that name, or the kernel refused.</exception>
    public bool TryAdd(string path, in T value)
    {
        using BpfHandle file = PathDescriptor.OpenName(path, "file");
        return TryAddNew(file, value);
    }

    /// <summary>Replaces the value that is kept with a file or folder, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <param name="path">Its path; symbolic links are followed, and no permission on the file itself is needed.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">There is nothing of that name, or the kernel refused.</exception>
    public bool TryUpdate(string path, in T value)
    {
        using BpfHandle file = PathDescriptor.OpenName(path, "file");
        return TryReplace(file, value);
    }

    /// <summary>Removes what is kept with a file or folder (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="path">Its path; symbolic links are followed, and no permission on the file itself is needed.</param>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="BpfSyscallException">There is nothing of that name, or the kernel refused.</exception>
    public bool Remove(string path)
    {
        using BpfHandle file = PathDescriptor.OpenName(path, "file");
        return Delete(file);
    }
}

using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>Values that programs and user space keep with processes and threads, each gone with its own (<c>BPF_MAP_TYPE_TASK_STORAGE</c>, Linux 5.11).</summary>
/// <typeparam name="T">The type of the values, laid out as the C type.</typeparam>
/// <remarks>A process is its first thread: what a program keeps for another thread is found by <see cref="BpfTask.OpenThread"/>. With a <see cref="BpfTask"/> an operation is one system call and allocates nothing;
/// by number it opens and closes a descriptor besides, and a number may come to mean another process.</remarks>
public sealed class BpfTaskStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] T> : BpfLocalStorage<T>
    where T : unmanaged
{
    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's values.</exception>
    public BpfTaskStorage(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfTaskStorage(BpfMap map, bool owned)
        : base(map, nameof(BpfTaskStorage<T>), BpfMapType.TaskStorage, owned)
    {
    }

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfNotSupportedException">The kernel does not have this kind of map.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the value is too large, or a capability is missing.</exception>
    public static BpfTaskStorage<T> Create(string name) =>
        new(StorageCreation.Create<T>(BpfMapType.TaskStorage, name, BpfMapFlags.None, new Version(5, 11)), owned: true);

    /// <summary>Reads what is kept with a process or thread (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="task">The process or thread.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetValue(BpfTask task, out T value)
    {
        ArgumentNullException.ThrowIfNull(task);
        return TryGet(task.Handle, out value);
    }

    /// <summary>Keeps a value with a process or thread, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="task">The process or thread.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">The process or thread has ended, or the kernel refused.</exception>
    public void Set(BpfTask task, in T value)
    {
        ArgumentNullException.ThrowIfNull(task);
        Put(task.Handle, value);
    }

    /// <summary>Keeps a value with a process or thread, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="task">The process or thread.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">The process or thread has ended, or the kernel refused.</exception>
    public bool TryAdd(BpfTask task, in T value)
    {
        ArgumentNullException.ThrowIfNull(task);
        return TryAddNew(task.Handle, value);
    }

    /// <summary>Replaces the value that is kept with a process or thread, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <param name="task">The process or thread.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryUpdate(BpfTask task, in T value)
    {
        ArgumentNullException.ThrowIfNull(task);
        return TryReplace(task.Handle, value);
    }

    /// <summary>Removes what is kept with a process or thread (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="task">The process or thread.</param>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(BpfTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return Delete(task.Handle);
    }

    /// <summary>Reads what is kept with a process (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="processId">The process's number.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">There is no such process, or the kernel refused.</exception>
    public bool TryGetValue(int processId, out T value)
    {
        using BpfTask task = BpfTask.OpenProcess(processId);
        return TryGet(task.Handle, out value);
    }

    /// <summary>Keeps a value with a process, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="processId">The process's number.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">There is no such process, or the kernel refused.</exception>
    public void Set(int processId, in T value)
    {
        using BpfTask task = BpfTask.OpenProcess(processId);
        Put(task.Handle, value);
    }

    /// <summary>Keeps a value with a process, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="processId">The process's number.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">There is no such process, or the kernel refused.</exception>
    public bool TryAdd(int processId, in T value)
    {
        using BpfTask task = BpfTask.OpenProcess(processId);
        return TryAddNew(task.Handle, value);
    }

    /// <summary>Replaces the value that is kept with a process, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <param name="processId">The process's number.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">There is no such process, or the kernel refused.</exception>
    public bool TryUpdate(int processId, in T value)
    {
        using BpfTask task = BpfTask.OpenProcess(processId);
        return TryReplace(task.Handle, value);
    }

    /// <summary>Removes what is kept with a process (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="processId">The process's number.</param>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="BpfSyscallException">There is no such process, or the kernel refused.</exception>
    public bool Remove(int processId)
    {
        using BpfTask task = BpfTask.OpenProcess(processId);
        return Delete(task.Handle);
    }

    /// <summary>Reads what is kept with a process (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="process">The process.</param>
    /// <param name="value">The value; all zero when there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The process has ended, or the kernel refused.</exception>
    public bool TryGetValue(Process process, out T value)
    {
        using BpfTask task = BpfTask.OpenProcess(process);
        return TryGet(task.Handle, out value);
    }

    /// <summary>Keeps a value with a process, in the place of the one that was there (<c>BPF_MAP_UPDATE_ELEM</c>).</summary>
    /// <param name="process">The process.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="BpfSyscallException">The process has ended, or the kernel refused.</exception>
    public void Set(Process process, in T value)
    {
        using BpfTask task = BpfTask.OpenProcess(process);
        Put(task.Handle, value);
    }

    /// <summary>Keeps a value with a process, unless there is one (<c>BPF_NOEXIST</c>).</summary>
    /// <param name="process">The process.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="BpfSyscallException">The process has ended, or the kernel refused.</exception>
    public bool TryAdd(Process process, in T value)
    {
        using BpfTask task = BpfTask.OpenProcess(process);
        return TryAddNew(task.Handle, value);
    }

    /// <summary>Replaces the value that is kept with a process, if there is one (<c>BPF_EXIST</c>).</summary>
    /// <param name="process">The process.</param>
    /// <param name="value">The new value.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfSyscallException">The process has ended, or the kernel refused.</exception>
    public bool TryUpdate(Process process, in T value)
    {
        using BpfTask task = BpfTask.OpenProcess(process);
        return TryReplace(task.Handle, value);
    }

    /// <summary>Removes what is kept with a process (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="process">The process.</param>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="BpfSyscallException">The process has ended, or the kernel refused.</exception>
    public bool Remove(Process process)
    {
        using BpfTask task = BpfTask.OpenProcess(process);
        return Delete(task.Handle);
    }
}

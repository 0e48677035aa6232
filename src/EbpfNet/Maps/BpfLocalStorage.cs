using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What the local storages share: maps whose values live and die with the kernel's own objects (tasks, sockets, inodes, control groups).</summary>
/// <typeparam name="T">The type of the values, laid out as the C type.</typeparam>
/// <remarks>
/// User space names an object by a descriptor, and the kernel keeps no list: there is no enumeration and no count. Members may be called from several threads.
/// Values that are larger than 8 bytes may be read while they are half written, unless they have a <see cref="BpfSpinLock"/>, under which they are then copied.
/// </remarks>
public abstract unsafe class BpfLocalStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] T> : IDisposable
    where T : unmanaged
{
    private readonly BpfHandle _handle;
    private readonly ulong _lock;
    private readonly bool _owned;

    private protected BpfLocalStorage(BpfMap map, string view, BpfMapType kind, bool owned)
    {
        MapView.RequireKind(map, view, kind);
        MapView.RequireValue<T>(map);
        Map = map;
        _handle = map.Handle;
        _lock = map.LockFlag;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

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

    [SkipLocalsInit]
    private protected bool TryGet(SafeHandle owner, out T value)
    {
        using Held fd = new(owner);
        int key = fd.Fd;
        Unsafe.SkipInit(out value);
        fixed (T* v = &value)
        {
            int result = MapElements.Lookup(_handle, &key, v, _lock);
            if (result >= 0)
            {
                return true;
            }

            value = default;
            if (result != MapElements.NotFound)
            {
                throw StorageErrors.Create(Map, BpfCommand.MapLookupElem, result, "read from");
            }

            return false;
        }
    }

    private protected void Put(SafeHandle owner, in T value)
    {
        int result = Update(owner, value, BpfElementFlags.Any);
        if (result < 0)
        {
            throw StorageErrors.Create(Map, BpfCommand.MapUpdateElem, result, "write to");
        }
    }

    /// <returns>Whether there was none before.</returns>
    private protected bool TryAddNew(SafeHandle owner, in T value)
    {
        int result = Update(owner, value, BpfElementFlags.NoExist);
        return result >= 0 || (result == MapElements.Exists ? false : throw StorageErrors.Create(Map, BpfCommand.MapUpdateElem, result, "write to"));
    }

    /// <returns>Whether there was one before.</returns>
    private protected bool TryReplace(SafeHandle owner, in T value)
    {
        int result = Update(owner, value, BpfElementFlags.Exist);
        return result >= 0 || (result == MapElements.NotFound ? false : throw StorageErrors.Create(Map, BpfCommand.MapUpdateElem, result, "write to"));
    }

    private protected bool Delete(SafeHandle owner)
    {
        using Held fd = new(owner);
        int key = fd.Fd;
        int result = MapElements.Delete(_handle, &key);
        return result >= 0 || (result == MapElements.NotFound ? false : throw StorageErrors.Create(Map, BpfCommand.MapDeleteElem, result, "remove from"));
    }

    private int Update(SafeHandle owner, in T value, BpfElementFlags flags)
    {
        using Held fd = new(owner);
        int key = fd.Fd;
        fixed (T* v = &value)
        {
            int result;
            do
            {
                result = MapElements.Update(_handle, &key, v, (ulong)flags | _lock);
            }
            while (result == -(int)BpfErrno.EAGAIN); // Another thread was the first to give the object a storage.

            return result;
        }
    }

    /// <summary>A descriptor of this or another part of .NET, open until disposed.</summary>
    private readonly ref struct Held
    {
        private readonly SafeHandle _owner;

        public Held(SafeHandle owner)
        {
            bool held = false;
            owner.DangerousAddRef(ref held);
            _owner = owner;
            Fd = (int)owner.DangerousGetHandle();
        }

        public int Fd { get; }

        public void Dispose() => _owner.DangerousRelease();
    }
}

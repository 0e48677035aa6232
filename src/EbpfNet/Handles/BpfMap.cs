using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A map in the kernel: memory that BPF programs and this process share. Typed access comes from views such as <c>BpfHashMap</c>.</summary>
/// <remarks>
/// Stands for a map file descriptor. Disposing closes it; the map itself lives on while a program, another descriptor or a pin uses it.
/// Members may be called from several threads.
/// </remarks>
public sealed class BpfMap : IDisposable
{
    private readonly Lazy<BtfSpec?> _btf;
    private readonly Lazy<bool> _hasSpinLock;
    private readonly Lock _memoryGate = new();
    private MapMemory? _memory;
    private bool _cannotBeMapped;
    private bool _isDisposed;

    private BpfMap(BpfHandle handle, string name, in MapInfoData info, BtfSpec? btf, BtfTypeId keyType, BtfTypeId valueType)
    {
        Handle = handle;
        handle.Owner = this;
        Name = name;
        Type = info.Type;
        KeySize = checked((int)info.KeySize);
        ValueSize = checked((int)info.ValueSize);
        MaxEntries = info.MaxEntries;
        Flags = info.MapFlags;
        Extra = info.MapExtra;
        Id = info.Id;
        uint btfId = info.BtfId;
        bool asksKernel = btf is null && btfId != 0;
        _btf = new Lazy<BtfSpec?>(asksKernel ? () => MapTypes.TryRead(btfId) : () => btf);
        _hasSpinLock = new Lazy<bool>(() => SpinLocks.Find(this));
        KeyTypeId = asksKernel ? new BtfTypeId(info.BtfKeyTypeId) : keyType;
        ValueTypeId = asksKernel ? new BtfTypeId(info.BtfValueTypeId) : valueType;
    }

    private BpfMap(BpfMap other, BpfHandle handle)
    {
        Handle = handle;
        handle.Owner = this;
        Name = other.Name;
        Type = other.Type;
        KeySize = other.KeySize;
        ValueSize = other.ValueSize;
        MaxEntries = other.MaxEntries;
        Flags = other.Flags;
        Extra = other.Extra;
        Id = other.Id;
        _btf = other._btf;
        _hasSpinLock = new Lazy<bool>(() => SpinLocks.Find(this));
        KeyTypeId = other.KeyTypeId;
        ValueTypeId = other.ValueTypeId;
        HasBatches = other.HasBatches;
        WasFrozen = other.WasFrozen;
    }

    /// <summary>The map's name: the object's own, which may be longer than the 15 characters that the kernel keeps.</summary>
    public string Name { get; }

    /// <summary>The kind of map.</summary>
    public BpfMapType Type { get; }

    /// <summary>The size of a key in bytes; 0 for kinds without keys.</summary>
    public int KeySize { get; }

    /// <summary>The size of a value in bytes, for per-CPU kinds that of one CPU's value.</summary>
    public int ValueSize { get; }

    /// <summary>The most entries that the map holds, or what this number means for its kind (bytes, for a ring buffer).</summary>
    public uint MaxEntries { get; }

    /// <summary>The flags that the map was created with.</summary>
    public BpfMapFlags Flags { get; }

    /// <summary>What the kind needs besides (<c>map_extra</c>; Linux 5.16), as the number of a Bloom filter's hash functions.</summary>
    public ulong Extra { get; }

    /// <summary>The map's id on this machine; 0 on kernels before 4.13, which have no ids.</summary>
    public uint Id { get; }

    /// <summary>Whether the values have a spin lock (<c>struct bpf_spin_lock</c>; Linux 5.1). The views then read and write them under it, as a whole (<c>BPF_F_LOCK</c>).</summary>
    public bool HasSpinLock => _hasSpinLock.Value;

    internal BpfHandle Handle { get; }

    /// <summary>What requests for an element say so that it is copied under its lock: <c>BPF_F_LOCK</c>, or 0 when it has none.</summary>
    internal ulong LockFlag => HasSpinLock ? (ulong)BpfElementFlags.Lock : 0;

    /// <summary>The types of the object that the map came from, or those that the kernel keeps of it; typed views compare their own with them.</summary>
    internal BtfSpec? Btf => _btf.Value;

    /// <summary>The type of the keys in <see cref="Btf"/>; void where it is not known.</summary>
    internal BtfTypeId KeyTypeId { get; }

    /// <summary>The type of the values in <see cref="Btf"/>, a data section for global variables; void where it is not known.</summary>
    internal BtfTypeId ValueTypeId { get; }

    /// <summary>Whether the kernel reads this map in batches (Linux 5.6 and later, by kind); <see langword="null"/> until it was tried.</summary>
    internal bool? HasBatches { get; set; }

    /// <summary>Whether this process has frozen the map since it was opened.</summary>
    internal bool WasFrozen { get; private set; }

    /// <summary>Opens the map that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 4.4).</summary>
    /// <param name="path">The pin's path, for example <c>/sys/fs/bpf/flows</c>.</param>
    /// <param name="access">What it is opened for.</param>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no map.</exception>
    public static BpfMap OpenPinned(string path, BpfMapAccess access = BpfMapAccess.ReadWrite)
    {
        BpfHandle handle = KernelObjects.OpenPin(path, "map", ToFlags(access));
        try
        {
            ObjectKind.Require(handle, ObjectKind.Map, path);
            return FromHandle(handle, name: null);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens a map by its id (<c>BPF_MAP_GET_FD_BY_ID</c>; Linux 4.13, CAP_SYS_ADMIN).</summary>
    /// <param name="id">The id, as <see cref="Id"/> or <see cref="GetIds"/> tells it.</param>
    /// <param name="access">What it is opened for.</param>
    /// <exception cref="BpfSyscallException">There is no such map, or this process may not open it.</exception>
    public static BpfMap OpenById(uint id, BpfMapAccess access = BpfMapAccess.ReadWrite) =>
        Own(KernelObjects.OpenById(BpfCommand.MapGetFdById, id, "the map", ToFlags(access)));

    /// <summary>The ids of all maps on this machine (<c>BPF_MAP_GET_NEXT_ID</c>; Linux 4.13, CAP_SYS_ADMIN).</summary>
    /// <exception cref="BpfSyscallException">This process may not list them.</exception>
    public static IReadOnlyList<uint> GetIds() => KernelObjects.GetIds(BpfCommand.MapGetNextId, "maps");

    /// <summary>Opens all maps of this machine, one after another, in the order of their ids (Linux 4.13, CAP_SYS_ADMIN). Those that vanish meanwhile are passed over.</summary>
    /// <returns>The maps. Each is for the caller to dispose.</returns>
    /// <exception cref="BpfSyscallException">This process may not open them; thrown by the enumeration.</exception>
    public static IEnumerable<BpfMap> OpenAll() =>
        KernelObjects.OpenAll(BpfCommand.MapGetNextId, BpfCommand.MapGetFdById, "maps").Select(found => Own(found.Handle));

    /// <summary>Pins the map at a path of the BPF file system, so that it outlives this process (<c>BPF_OBJ_PIN</c>; Linux 4.4).</summary>
    /// <param name="path">Where; its folder has to exist. The kernel allows no '.' in the name.</param>
    /// <remarks><see cref="File.Delete"/> removes a pin, and <see cref="File.Move(string, string)"/> moves it on its file system. A map may be pinned at several paths.</remarks>
    /// <exception cref="BpfSyscallException">The path is taken, is not on a BPF file system, or may not be written.</exception>
    public void Pin(string path) => KernelObjects.Pin(Handle, path, ToString());

    /// <summary>A second descriptor of the same map, with a life of its own: for one who disposes what he got.</summary>
    /// <returns>The map; it is to be disposed, too.</returns>
    /// <exception cref="BpfSyscallException">This process has too many descriptors.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public BpfMap Duplicate() => new(this, Handle.Duplicate(ToString()));

    /// <summary>What the kernel tells about the map at this moment.</summary>
    /// <exception cref="BpfSyscallException">The kernel does not tell (before Linux 4.13).</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public BpfMapInfo GetInfo() => new(KernelObjects.GetInfo<MapInfoData>(Handle, ToString()), DescriptorInfo.Read(Handle));

    /// <summary>
    /// Freezes the map: from then on nobody in user space can change it, for ever (<c>BPF_MAP_FREEZE</c>; Linux 5.2). Programs still can, unless it was
    /// created with <see cref="BpfMapFlags.ReadOnlyProgram"/>; then they are verified with its contents as constants. Freezing it again does nothing.
    /// </summary>
    /// <remarks>Memory that is mapped for writing keeps a map from being frozen: no lease of it may be held, and no other thread may use it meanwhile. It is mapped for reading afterwards.</remarks>
    /// <exception cref="BpfSyscallException">The kernel refused, for example because a lease of the map's memory is held (EBUSY).</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public void Freeze()
    {
        lock (_memoryGate)
        {
            if (Type == BpfMapType.Array && _memory is { IsWritable: true } memory)
            {
                Volatile.Write(ref _memory, null);
                memory.Mapping.Owner = memory; // The map itself is not what is disposed.
                memory.Dispose();
            }

            MapFreezing.Freeze(this);
            WasFrozen = true;
        }
    }

    /// <summary>Closes this descriptor. The map stays while something else uses it. Calling it again does nothing.</summary>
    /// <remarks>Memory of the map stays in this process until the last lease of it ends.</remarks>
    public void Dispose()
    {
        lock (_memoryGate)
        {
            _isDisposed = true;
        }

        Handle.Dispose();
        _memory?.Dispose();
    }

    /// <summary>The map as messages call it.</summary>
    public override string ToString() => $"map '{Name}'";

    /// <summary>The values in this process's memory, for arrays that were created so; mapped when first asked for.</summary>
    /// <returns><see langword="null"/> where the kernel does not map this map.</returns>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    internal MapMemory? TryGetMemory() => Volatile.Read(ref _memory) ?? MapNow();

    /// <summary>Whether the values are in this process's memory.</summary>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    internal bool IsMapped()
    {
        ThrowIfDisposed();
        return TryGetMemory() is not null;
    }

    /// <summary>Wraps a descriptor, or closes it where that fails.</summary>
    private static BpfMap Own(BpfHandle handle)
    {
        try
        {
            return FromHandle(handle, name: null);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static uint ToFlags(BpfMapAccess access) => access switch
    {
        BpfMapAccess.ReadWrite => 0,
        BpfMapAccess.ReadOnly => (uint)BpfMapFlags.ReadOnly,
        BpfMapAccess.WriteOnly => (uint)BpfMapFlags.WriteOnly,
        _ => throw new ArgumentOutOfRangeException(nameof(access), access, "There is no such access."),
    };

    private void ThrowIfDisposed()
    {
        if (Volatile.Read(ref _isDisposed))
        {
            BpfHandle.ThrowClosed(this, nameof(BpfMap));
        }
    }

    private MapMemory? MapNow()
    {
        if ((Flags & BpfMapFlags.Mmapable) == 0)
        {
            return null;
        }

        // Under the gate, so that what is mapped while the map is being disposed does not stay behind.
        lock (_memoryGate)
        {
            ThrowIfDisposed();
            if (_memory is null && !_cannotBeMapped)
            {
                MapMemory? mapped = MapMemory.TryMap(this);
                _cannotBeMapped = mapped is null;
                mapped?.Mapping.Owner = this;
                Volatile.Write(ref _memory, mapped);
            }

            return _memory;
        }
    }

    /// <summary>Wraps a new descriptor, reading from the kernel what the map is. The handle stays the caller's when this throws.</summary>
    internal static BpfMap FromHandle(BpfHandle handle, string? name, BtfSpec? btf = null, BtfTypeId keyType = default, BtfTypeId valueType = default)
    {
        MapInfoData info = KernelObjects.GetInfo<MapInfoData>(handle, name is null ? "a map" : $"map '{name}'");
        return new BpfMap(handle, name ?? info.Name.ToString(), info, btf, keyType, valueType);
    }

    /// <summary>Wraps a map that was just created, from what was asked for: an old kernel has no way to ask back.</summary>
    internal static BpfMap FromCreated(BpfHandle handle, string name, in MapCreateAttribute created, BtfSpec? btf = null, BtfTypeId keyType = default, BtfTypeId valueType = default)
    {
        var info = new MapInfoData
        {
            Type = created.MapType,
            KeySize = created.KeySize,
            ValueSize = created.ValueSize,
            MaxEntries = created.MaxEntries,
            MapFlags = created.MapFlags,
            MapExtra = created.MapExtra,
        };
        var answered = new MapInfoData();
        if (KernelObjects.TryGetInfo(handle, ref answered) == BpfErrno.None)
        {
            info = answered;
        }

        return new BpfMap(handle, name, info, btf, keyType, valueType);
    }
}

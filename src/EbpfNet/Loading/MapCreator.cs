using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>Makes an object's maps: created and filled, or, where they are pinned already, opened.</summary>
internal sealed unsafe class MapCreator(BpfObjectSpec spec, BpfLoadOptions options, LoadedBtf btf, StructOpsPlan structOps, LoadScope scope, Func<BpfMapSpec, ReadOnlyMemory<byte>> initialValueOf, BpfHandle? token = null)
{
    private const int PinAttempts = 8;

    private readonly Dictionary<BpfMapSpec, BpfMap> _maps = new(ReferenceEqualityComparer.Instance);
    private readonly List<BpfMapSpec> _new = [];

    /// <summary>The maps made so far, by what they were made from.</summary>
    public IReadOnlyDictionary<BpfMapSpec, BpfMap> Maps => _maps;

    /// <summary>Makes a map. It belongs to the load's scope.</summary>
    public BpfMap Make(BpfMapSpec map)
    {
        MapCreateAttribute wanted = MapDefaults.Complete(map);
        using BpfHandle? valueTypes = structOps.Complete(map, ref wanted);
        if (options.MapReplacements.TryGetValue(map.Name, out BpfMap? given))
        {
            BpfMap replacement = scope.Own(MapReplacement.Open(given, map, wanted, spec.Btf));
            ArenaGlobals.RequireMapped(replacement);
            return _maps[map] = replacement;
        }

        string? path = MapPinning.FindPath(map, options);
        for (int attempt = 1; ; attempt++)
        {
            if (path is not null && MapPinning.TryOpen(path, map, wanted, spec.Btf) is { } shared)
            {
                scope.Shared(path, shared);
                scope.Own(shared);
                ArenaGlobals.RequireMapped(shared);
                return _maps[map] = shared;
            }

            BpfMap made = Create(map, wanted, valueTypes);
            try
            {
                Fill(map, made);
                if (path is null || TryPin(made, path, isLastAttempt: attempt == PinAttempts))
                {
                    _new.Add(map);
                    return _maps[map] = scope.Own(made);
                }
            }
            catch
            {
                made.Dispose();
                throw;
            }

            made.Dispose(); // Another load was in between: its map is shared if it stays.
        }
    }

    /// <summary>Puts into maps of maps and program arrays what they hold from the start. Those that were pinned already keep what they have.</summary>
    /// <param name="programs">The programs loaded, by what they were loaded from.</param>
    public void FillSlots(IReadOnlyDictionary<BpfProgramSpec, BpfProgram> programs)
    {
        foreach (BpfMapSpec outer in _new)
        {
            foreach (BpfMapSlot slot in outer.Slots)
            {
                BpfHandle? inner = slot.Map is not null ? _maps.GetValueOrDefault(slot.Map)?.Handle : programs.GetValueOrDefault(slot.Program!)?.Handle;
                string name = slot.Map?.Name ?? slot.Program!.Name;
                SetSlot(_maps[outer], slot.Index, name, inner ?? throw new BpfRelocationException(
                    name, $"map '{outer.Name}' holds it at index {slot.Index} from the start, but it is not loaded; turn its AutoCreate or AutoLoad on, or remove the slot"));
            }
        }
    }

    private static void SetSlot(BpfMap outer, uint index, string name, BpfHandle inner)
    {
        using BpfHandle.Lease fd = inner.Acquire();
        uint key = index;
        int value = fd.Fd;
        Require(MapElements.Update(outer.Handle, &key, &value, 0), BpfCommand.MapUpdateElem, $"put '{name}' into {outer} at index {index}");
    }

    private static void RequireUnderstood(BpfMapSpec map)
    {
        if (map.UnknownMembers.Span.ContainsAnyExcept((byte)0))
        {
            throw new BpfNotSupportedException(
                $"Creating {map}",
                $"its definition goes on behind map_flags with values that are not zero and whose meaning is not known; define the map in section .maps, or set {nameof(BpfMapSpec.UnknownMembers)} to default if they do not matter");
        }

        if (map.Iproute2 is { Pinning: < BpfIproute2Pinning.None or > BpfIproute2Pinning.Global } definition)
        {
            throw new BpfNotSupportedException($"Creating {map}", $"iproute2 would pin it in a folder of its configuration (number {(uint)definition.Pinning}); set {nameof(BpfMapSpec.PinPath)}, and {nameof(BpfMapSpec.Iproute2)} to null");
        }
    }

    private BpfMap Create(BpfMapSpec map, MapCreateAttribute attribute, BpfHandle? valueTypes = null)
    {
        RequireUnderstood(map);
        using var held = new BpfHandleSet();
        using BpfMap? inner = map.InnerMap is null ? null : Create(map.InnerMap, MapDefaults.Complete(map.InnerMap));
        attribute.InnerMapFd = inner is null ? 0 : held.Hold(inner.Handle);
        attribute.ValueTypeBtfObjFd = valueTypes is null ? 0 : held.Hold(valueTypes);
        if (map.StructOps is not null)
        {
            attribute.BtfFd = held.Hold(btf.Handle ?? throw new BpfNotSupportedException($"Creating {map}", $"the kernel has to have the object's types for it, and {btf.Refusal}"));
        }
        else if (btf.Handle is not null && MapDefaults.TakesTypes(map.Type) && (map.KeyTypeId ?? map.ValueTypeId) is not null)
        {
            attribute.BtfFd = held.Hold(btf.Handle);
            attribute.BtfKeyTypeId = map.KeyTypeId?.Value ?? 0;
            attribute.BtfValueTypeId = map.ValueTypeId?.Value ?? 0;
        }

        BpfErrno error = CreateWithFallbacks(map, ref attribute, out BpfHandle? handle);
        if (handle is null)
        {
            throw SyscallErrors.Create(error, BpfCommand.MapCreate, Describe(map, attribute), Advise(error, map));
        }

        try
        {
            return BpfMap.FromCreated(handle, map.Name, attribute, spec.Btf, map.KeyTypeId ?? default, map.ValueTypeId ?? default);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Leaves out, one after the other, what this kernel does not know and the map can be without.</summary>
    private BpfErrno CreateWithFallbacks(BpfMapSpec map, ref MapCreateAttribute attribute, out BpfHandle? handle)
    {
        LeaveOutName(ref attribute, KernelProbes.ObjectNames.IsKnownMissing);
        LeaveOutMapping(ref attribute, map, KernelProbes.MmapableArrays.IsKnownMissing);
        BpfErrno error = Invoke(ref attribute, out handle);
        if (handle is null && attribute.BtfFd != 0 && map.StructOps is null)
        {
            attribute.BtfFd = 0;
            attribute.BtfKeyTypeId = attribute.BtfValueTypeId = 0;
            BpfErrno typesRefused = error;
            error = Invoke(ref attribute, out handle);
            if (handle is not null)
            {
                EbpfNetEventSource.Log.MapTypesRefused(map.Name, typesRefused.ToString());
            }
        }

        if (error is not (BpfErrno.EINVAL or BpfErrno.E2BIG))
        {
            return error;
        }

        if (LeaveOutName(ref attribute, KernelProbes.ObjectNames.IsMissing) | LeaveOutMapping(ref attribute, map, KernelProbes.MmapableArrays.IsMissing))
        {
            error = Invoke(ref attribute, out handle);
        }

        if (handle is null && (attribute.MapFlags & ~map.Flags & BpfMapFlags.NumaNode) != 0)
        {
            // Objects name a node without the flag that makes it count, and one that this machine may not have.
            attribute.MapFlags &= ~BpfMapFlags.NumaNode;
            error = Invoke(ref attribute, out handle);
        }

        return error;
    }

    private static bool LeaveOutName(ref MapCreateAttribute attribute, bool isMissing)
    {
        bool changes = isMissing && attribute.MapName[0] != 0;
        attribute.MapName = changes ? default : attribute.MapName;
        return changes;
    }

    /// <summary>The values of global data are then read and written by system calls.</summary>
    private static bool LeaveOutMapping(ref MapCreateAttribute attribute, BpfMapSpec map, bool isMissing)
    {
        bool changes = isMissing && map.IsDataSection && (attribute.MapFlags & BpfMapFlags.Mmapable) != 0;
        attribute.MapFlags &= changes ? ~BpfMapFlags.Mmapable : (BpfMapFlags)uint.MaxValue;
        return changes;
    }

    private BpfErrno Invoke(ref MapCreateAttribute attribute, out BpfHandle? handle)
    {
        using var held = new BpfHandleSet();
        MapCreateAttribute request = attribute;
        if (token is not null)
        {
            request.MapFlags |= BpfMapFlags.TokenFd; // Not a flag of the map.
            request.MapTokenFd = held.Hold(token);
        }

        return BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &request, out handle);
    }

    /// <summary>The value that the map starts with.</summary>
    private void Fill(BpfMapSpec map, BpfMap made)
    {
        ReadOnlyMemory<byte> initialValue = initialValueOf(map);
        ArenaGlobals.RequireMapped(made);
        if (ArenaGlobals.IsArena(map))
        {
            ArenaGlobals.Fill(map, made);
        }
        else if (!initialValue.IsEmpty && map.StructOps is null)
        {
            if (made.Type != BpfMapType.Array)
            {
                // Of other kinds the kernel would read more bytes than there are.
                throw new BpfNotSupportedException($"Global data in a {made.Type.CName()}", $"section '{map.Name}' is one value of an array; leave the map's Type as it is");
            }

            // The spec sees to it that these are as many bytes as the kernel reads.
            fixed (byte* value = initialValue.Span)
            {
                int first = 0;
                Require(MapElements.Update(made.Handle, &first, value, 0), BpfCommand.MapUpdateElem, $"set the initial values of {made}");
            }
        }

        if (map.IsFrozen)
        {
            made.Freeze();
        }
    }

    /// <param name="map">The map.</param>
    /// <param name="path">Where to.</param>
    /// <param name="isLastAttempt">Whether to give up. What is there may also be no pin at all: a symbolic link to nowhere, again and again.</param>
    /// <returns>False when another load has put its pin there, or has failed and taken the folder away, so that it is worth another look.</returns>
    private bool TryPin(BpfMap map, string path, bool isLastAttempt)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            scope.MakeFolder(folder, $"to pin {map} in");
        }

        switch (KernelObjects.TryPin(map.Handle, path))
        {
            case BpfErrno.EEXIST or BpfErrno.ENOENT when !isLastAttempt:
                return false;
            case BpfErrno.None:
                break;
            default:
                KernelObjects.Pin(map.Handle, path, map.ToString()); // Once more, for the message.
                break;
        }

        scope.Pinned(path, map);
        return true;
    }

    private static void Require(int result, BpfCommand command, string operation)
    {
        if (result < 0)
        {
            throw SyscallErrors.Create((BpfErrno)(-result), command, operation);
        }
    }

    private static string Describe(BpfMapSpec map, in MapCreateAttribute attribute) => string.Create(
        CultureInfo.InvariantCulture,
        $"create map '{map.Name}' ({map.Type.CName()}, keys of {attribute.KeySize} and values of {attribute.ValueSize} bytes, max_entries {attribute.MaxEntries}, flags {attribute.MapFlags})");

    private static string? Advise(BpfErrno error, BpfMapSpec map) => error switch
    {
        BpfErrno.EINVAL when map.Type is BpfMapType.TaskStorage or BpfMapType.SkStorage or BpfMapType.InodeStorage or BpfMapType.CgrpStorage =>
            "A local storage takes an int for a key, the flag BPF_F_NO_PREALLOC, no max_entries and the types of both (__type); or the kernel does not have this kind, or was built without it",
        BpfErrno.EINVAL when map.Type is BpfMapType.CgroupStorage or BpfMapType.PerCpuCgroupStorage =>
            "A storage of attached programs takes struct bpf_cgroup_storage_key for a key or, from Linux 5.9 on, __u64, and no max_entries; or the kernel was built without it (CONFIG_CGROUP_BPF)",
        BpfErrno.EINVAL or BpfErrno.ENOTSUPP when map.StructOps is { } structOps =>
            $"The kernel does not let programs implement struct {structOps.TypeName}" + ((map.Flags & BpfMapFlags.Link) != 0 ? ", or, before Linux 6.4, not through a link (section .struct_ops.link)" : ""),
        BpfErrno.EPERM => SyscallErrors.AdviseOnPermission(RequiredCapabilities.OfMap(map.Type)),
        BpfErrno.EINVAL when map.MaxEntries == 0 => "Its max_entries is 0: set MaxEntries before loading",
        BpfErrno.EINVAL => "The kernel does not know this kind of map, or it does not allow one of these numbers or flags for it",
        BpfErrno.E2BIG => "A size or the number of entries is more than the kernel allows for this kind of map",
        BpfErrno.ENOMEM => "The kernel has not enough memory, or this control group may not use as much: lower MaxEntries",
        _ => null,
    };
}

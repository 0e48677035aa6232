using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Makes maps that belong to no object.</summary>
internal static unsafe class MapCreation
{
    /// <summary>A map of keys and values of certain types, which a view takes: the types are looked at first, so that no map is made for nothing.</summary>
    /// <exception cref="BpfLayoutException">A type has no fixed layout.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfMap Create<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(
        BpfMapType type, string name, int maxEntries, BpfMapFlags flags, BpfMap? inner = null)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        RequireKey<TKey>(name);
        RequireValue<TValue>(name);
        return Create(type, name, sizeof(TKey), sizeof(TValue), maxEntries, flags, inner: inner);
    }

    /// <summary>The same for a kind without keys.</summary>
    /// <exception cref="BpfLayoutException">The type has no fixed layout.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfMap CreateKeyless<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(BpfMapType type, string name, int maxEntries, BpfMapFlags flags, ulong extra = 0)
        where T : unmanaged
    {
        RequireValue<T>(name);
        return Create(type, name, 0, sizeof(T), maxEntries, flags, extra);
    }

    /// <exception cref="BpfLayoutException">The type has no fixed layout.</exception>
    public static void RequireKey<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        LayoutReader.Read<T>($"the keys of map '{name}'");

    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfMap Create(BpfMapType type, string name, int keySize, int valueSize, int maxEntries, BpfMapFlags flags, ulong extra = 0, BpfMap? inner = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxEntries);
        using var held = new BpfHandleSet();
        var attribute = new MapCreateAttribute
        {
            MapType = type,
            KeySize = (uint)keySize,
            ValueSize = (uint)valueSize,
            MaxEntries = (uint)maxEntries,
            MapFlags = flags,
            MapExtra = extra,
            InnerMapFd = inner is null ? 0 : held.Hold(inner.Handle),
            MapName = KernelName.From(name),
        };
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &attribute, out BpfHandle? handle);
        if (error == BpfErrno.EINVAL && name.Length > 0)
        {
            // Kernels before 4.15 know no names.
            var nameless = attribute with { MapName = default };
            error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &nameless, out handle);
        }

        if (handle is null)
        {
            string size = string.Create(CultureInfo.InvariantCulture, $"{maxEntries} entries, keys of {keySize} and values of {valueSize} bytes, flags {flags}");
            throw SyscallErrors.Create(error, BpfCommand.MapCreate, $"create map '{name}' ({type.CName()}, {size})", Advise(error, type));
        }

        try
        {
            return BpfMap.FromCreated(handle, name, attribute);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static void RequireValue<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        LayoutReader.Read<T>($"the values of map '{name}'");

    private static string? Advise(BpfErrno error, BpfMapType type) => error switch
    {
        BpfErrno.EINVAL when type == BpfMapType.StackTrace => "A stack may have as many addresses as kernel.perf_event_max_stack says (127, unless it was changed), and no more",
        BpfErrno.EINVAL when type == BpfMapType.LpmTrie => "A trie's key is a prefix length of 4 bytes and 1 to 256 bytes of data, and it needs BPF_F_NO_PREALLOC",
        BpfErrno.EINVAL when type is BpfMapType.HashOfMaps or BpfMapType.ArrayOfMaps =>
            "The kernel does not allow this kind of map inside, least of all another map of maps, or, for an array, keys that do not have 4 bytes",
        BpfErrno.EINVAL => "The kernel does not know this kind of map, or the flags do not suit it",
        BpfErrno.E2BIG => "A key or value is larger, or there are more entries, than the kernel allows for this kind of map",
        BpfErrno.ENOMEM => "All memory of the map is set aside when it is created, and there is not as much: lower the number of entries, or use BPF_F_NO_PREALLOC",
        _ => null,
    };
}

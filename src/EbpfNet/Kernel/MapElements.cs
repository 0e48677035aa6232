using System.Runtime.CompilerServices;

namespace EbpfNet.Kernel;

/// <summary>The commands on a map's elements. Results as <see cref="BpfSyscall.Invoke"/> gives them: negative is an errno with its sign turned.</summary>
internal static unsafe class MapElements
{
    public const int NotFound = -(int)BpfErrno.ENOENT;
    public const int Exists = -(int)BpfErrno.EEXIST;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Lookup(BpfHandle map, void* key, void* value, ulong flags = 0) => Invoke(BpfCommand.MapLookupElem, map, key, value, flags);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Update(BpfHandle map, void* key, void* value, ulong flags) => Invoke(BpfCommand.MapUpdateElem, map, key, value, flags);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Delete(BpfHandle map, void* key) => Invoke(BpfCommand.MapDeleteElem, map, key, null, 0);

    /// <summary>Reads and removes in one step (Linux 5.14 for hash tables).</summary>
    public static int LookupAndDelete(BpfHandle map, void* key, void* value, ulong flags = 0) => Invoke(BpfCommand.MapLookupAndDeleteElem, map, key, value, flags);

    /// <summary>The key after <paramref name="key"/>, or the first one for <see langword="null"/> (Linux 4.12) or a key that is not there.</summary>
    public static int NextKey(BpfHandle map, void* key, void* next) => Invoke(BpfCommand.MapGetNextKey, map, key, next, 0);

    /// <summary>One of the <c>BPF_MAP_*_BATCH</c> commands (Linux 5.6); <paramref name="count"/> is the room, and then how many there were, on errors too.</summary>
    public static int Batch(BpfCommand command, BpfHandle map, void* inCursor, void* outCursor, void* keys, void* values, ref uint count, ulong elementFlags = 0)
    {
        using BpfHandle.Lease fd = map.Acquire();
        var attribute = new MapBatchAttribute { MapFd = fd.Fd, InBatch = inCursor, OutBatch = outCursor, Keys = keys, Values = values, Count = count, ElemFlags = elementFlags };
        int result = BpfSyscall.Invoke(command, &attribute);
        count = attribute.Count;
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [SkipLocalsInit]
    private static int Invoke(BpfCommand command, BpfHandle map, void* key, void* value, ulong flags)
    {
        // Nothing between throws, so that the lease needs no try block, which would keep the call from being a direct one.
        BpfHandle.Lease fd = map.Acquire();
        var attribute = new MapElementAttribute { MapFd = fd.Fd, Key = key, Value = value, Flags = flags };
        int result = BpfSyscall.InvokeInline(command, &attribute);
        fd.Dispose();
        return result;
    }
}

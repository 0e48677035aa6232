using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with an element of a map, said well. Kept away from the hot paths, which only call these.</summary>
internal static class MapErrors
{
    [DoesNotReturn]
    public static void ThrowLookup(BpfMap map, int result) => throw Create(map, BpfCommand.MapLookupElem, result, "read an element of");

    [DoesNotReturn]
    public static void ThrowUpdate(BpfMap map, int result) => throw Create(map, BpfCommand.MapUpdateElem, result, "write an element of");

    [DoesNotReturn]
    public static void ThrowDelete(BpfMap map, int result) => throw Create(map, BpfCommand.MapDeleteElem, result, "remove an element of");

    [DoesNotReturn]
    public static void ThrowTake(BpfMap map, int result) =>
        throw (-result is (int)BpfErrno.ENOTSUPP or (int)BpfErrno.EOPNOTSUPP or (int)BpfErrno.EINVAL
            ? new BpfNotSupportedException($"reading and removing an element of {map} in one step", $"the kernel cannot do it for maps of type {map.Type}; read it and remove it in two steps", new Version(5, 14))
            : Create(map, BpfCommand.MapLookupAndDeleteElem, result, "take an element out of"));

    [DoesNotReturn]
    public static void ThrowKeyNotFound<TKey>(BpfMap map, in TKey key)
        where TKey : unmanaged =>
        throw new KeyNotFoundException($"The key {key} is not in {map}.");

    [DoesNotReturn]
    public static void ThrowKeyExists<TKey>(BpfMap map, in TKey key)
        where TKey : unmanaged =>
        throw new ArgumentException($"The key {key} is in {map} already. Use Set to replace its value.", nameof(key));

    [DoesNotReturn]
    public static void ThrowIndex(BpfMap map, int index, string parameter = "index") =>
        throw new ArgumentOutOfRangeException(parameter, index, $"The index is not in {map}, which has {map.MaxEntries} elements.");

    [DoesNotReturn]
    public static void ThrowBufferTooSmall(BpfMap map, int perCpu, int cpus) =>
        throw new ArgumentException($"{map} keeps a value for each of {cpus} CPUs, but the buffer has room for {perCpu} only; CpuCount says how many it has to take.", nameof(perCpu));

    [DoesNotReturn]
    public static void ThrowCpu(BpfMap map, int cpu, int cpus) =>
        throw new ArgumentOutOfRangeException(nameof(cpu), cpu, $"{map} keeps values for the CPUs 0 to {cpus - 1}.");

    [DoesNotReturn]
    public static void ThrowNoSingleCpu(BpfMap map) =>
        throw new BpfNotSupportedException($"writing the value of one CPU in {map}", "this kernel writes those of all CPUs at once, over what programs write meanwhile", new Version(7, 0));

    [DoesNotReturn]
    public static void ThrowNotWhole(BpfMap map, int perCpu, int cpus) =>
        throw new ArgumentException($"{map} keeps a value for each of {cpus} CPUs; {perCpu} values are not those of whole elements.", nameof(perCpu));

    [DoesNotReturn]
    public static void ThrowWrongCount(BpfMap map, int perCpu, long expected) =>
        throw new ArgumentException($"{map} takes a value for each CPU of each element: {expected} here, but {perCpu} were given; CpuCount says how many CPUs there are.", nameof(perCpu));

    [DoesNotReturn]
    public static void ThrowEmpty(BpfMap map) =>
        throw new InvalidOperationException($"{map} is empty.");

    [DoesNotReturn]
    public static void ThrowNoElement() =>
        throw new InvalidOperationException("The enumeration has not begun, or has ended.");

    [DoesNotReturn]
    public static void ThrowRange(BpfMap map, int index, int count) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, $"{count} elements from here on are more than are in {map}, which has {map.MaxEntries}.");

    [DoesNotReturn]
    public static void ThrowUnequalCounts(BpfMap map, int keys, int values) =>
        throw new ArgumentException($"For {map} there are {keys} keys but {values} values; there has to be a value for each key.", nameof(values));

    [DoesNotReturn]
    public static void ThrowNoSpan(Type type, int size, int stride) =>
        throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture, $"The elements lie {stride} bytes apart, since the kernel rounds those of arrays up to 8, but {type.Name} has {size}: no span covers them. Use the indexer or foreach, or make the value's size a multiple of 8, in C too."));

    [DoesNotReturn]
    public static void ThrowMappedIndex(int index, int length) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, string.Create(CultureInfo.InvariantCulture, $"The memory holds {length} elements."));

    /// <summary>For a request for many elements, of which some were done before one failed.</summary>
    [DoesNotReturn]
    public static void ThrowPartly(BpfMap map, BpfCommand command, int result, string doing, int done, int count)
    {
        BpfException exception = Create(map, command, result, string.Create(CultureInfo.InvariantCulture, $"{doing} {count} elements ({done} were done) of"));
        if (exception is BpfSyscallException refused)
        {
            refused.CompletedCount = done;
        }

        throw exception;
    }

    public static BpfException Create(BpfMap map, BpfCommand command, int result, string doing)
    {
        var error = (BpfErrno)(-result);
        return SyscallErrors.Create(error, command, $"{doing} {map}", ReferenceErrors.Advise(map, command, error) ?? Advise(map, command, error));
    }

    private static string? Advise(BpfMap map, BpfCommand command, BpfErrno error)
    {
        bool writing = command is BpfCommand.MapUpdateElem or BpfCommand.MapDeleteElem or BpfCommand.MapUpdateBatch or BpfCommand.MapDeleteBatch or BpfCommand.MapLookupAndDeleteBatch or BpfCommand.MapLookupAndDeleteElem;
        return error switch
        {
            BpfErrno.E2BIG when writing && map.Type is BpfMapType.Queue or BpfMapType.Stack =>
                $"{map} is full ({map.MaxEntries} elements): take elements out, say dropOldest so that it makes room by itself, or give it more room with MaxEntries before it is created",
            BpfErrno.E2BIG when writing && map.Type == BpfMapType.ArrayOfMaps => $"The indexes of {map} are 0 to {map.MaxEntries - 1}",
            BpfErrno.E2BIG or BpfErrno.ENOSPC when writing =>
                $"The map is full ({map.MaxEntries} entries): remove elements, give the map more room with MaxEntries before it is created"
                + (map.Type is BpfMapType.Hash or BpfMapType.PerCpuHash ? ", or use an LRU map, which makes room by itself" : ""),
            BpfErrno.EPERM when command is BpfCommand.MapLookupAndDeleteElem or BpfCommand.MapLookupAndDeleteBatch =>
                "Taking elements out is reading and writing: the map was opened for one of them only (BPF_F_RDONLY, BPF_F_WRONLY), or is frozen",
            BpfErrno.EPERM when writing => "The map was opened for reading only (BPF_F_RDONLY), or is frozen, as the constants of a loaded object are",
            BpfErrno.EPERM => "The map was opened for writing only (BPF_F_WRONLY)",
            BpfErrno.ENOMEM when writing => "The kernel found no memory for the element; without BPF_F_NO_PREALLOC all memory is set aside when the map is created",
            BpfErrno.EBUSY or BpfErrno.EDEADLK or BpfErrno.ETIMEDOUT => "A BPF program holds the lock on this part of the map; try again",
            BpfErrno.EINVAL when map.Type is BpfMapType.HashOfMaps or BpfMapType.ArrayOfMaps =>
                $"A map in {map} has to be like the one that it was created with: of the same type, flags, key and value size, and, for arrays without BPF_F_INNER_MAP, as many entries",
            BpfErrno.EINVAL when map.Type == BpfMapType.ProgArray =>
                "All programs of a program array, and those that jump into it, have to be of one type, and were all compiled to machine code or none",
            BpfErrno.EINVAL when map.Type == BpfMapType.LpmTrie => $"A prefix length may be at most {(map.KeySize - 4) * 8} bits here",
            _ => null,
        };
    }
}

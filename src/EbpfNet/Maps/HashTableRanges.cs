using System.Buffers;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Many elements of a hash table at once: by batches where the kernel has them (Linux 5.6), else one by one. Keys and values stand without gaps in
/// the caller's memory, where the kernel reads and writes them itself.
/// </summary>
internal static unsafe class HashTableRanges
{
    /// <returns>How many there were, at most <paramref name="room"/>.</returns>
    public static int CopyTo(BpfMap map, byte* keys, byte* values, int valueSize, int room)
    {
        ulong cursor = 0;
        bool hasCursor = false;
        int done = 0;
        while (done < room && map.HasBatches != false)
        {
            uint count = (uint)(room - done);
            int result = MapElements.Batch(
                BpfCommand.MapLookupBatch, map.Handle, hasCursor ? &cursor : null, &cursor, At(keys, done, map.KeySize), At(values, done, valueSize), ref count, map.LockFlag);
            switch (ErrorOf(result))
            {
                case BpfErrno.None:
                    map.HasBatches = true;
                    hasCursor = true;
                    done += (int)count;
                    break;
                case BpfErrno.ENOENT:
                    return done + (int)count;
                case BpfErrno.ENOSPC:
                    return done + CopyBucket(map, hasCursor ? &cursor : null, At(keys, done, map.KeySize), At(values, done, valueSize), valueSize, room - done);
                case BpfErrno.ENOTSUPP or BpfErrno.EINVAL when !hasCursor && map.HasBatches != true:
                    map.HasBatches = false;
                    break;
                default:
                    throw MapErrors.Create(map, BpfCommand.MapLookupBatch, result, "copy the elements of");
            }
        }

        return done == room ? done : CopyByWalk(map, keys, values, valueSize, room);
    }

    /// <returns>How many there were, at most <paramref name="room"/>.</returns>
    public static int TakeTo(BpfMap map, byte* keys, byte* values, int valueSize, int room)
    {
        ulong cursor = 0;
        bool hasCursor = false;
        int done = 0;
        bool fits = true;
        while (done < room && fits && map.HasBatches != false)
        {
            uint count = (uint)(room - done);
            int result = MapElements.Batch(
                BpfCommand.MapLookupAndDeleteBatch, map.Handle, hasCursor ? &cursor : null, &cursor, At(keys, done, map.KeySize), At(values, done, valueSize), ref count, map.LockFlag);
            switch (ErrorOf(result))
            {
                case BpfErrno.None:
                    map.HasBatches = true;
                    hasCursor = true;
                    done += (int)count;
                    break;
                case BpfErrno.ENOENT:
                    return done + (int)count;
                case BpfErrno.ENOSPC:
                    fits = false; // A bucket is taken as a whole or not at all.
                    break;
                case BpfErrno.ENOTSUPP or BpfErrno.EINVAL when !hasCursor && map.HasBatches != true:
                    map.HasBatches = false;
                    break;
                default:
                    MapErrors.ThrowPartly(map, BpfCommand.MapLookupAndDeleteBatch, result, "take", done, room);
                    break;
            }
        }

        return done == room ? done : TakeByKey(map, keys, values, valueSize, done, room);
    }

    public static void Set(BpfMap map, byte* keys, byte* values, int valueSize, int count)
    {
        if (count > 0 && map.HasBatches != false)
        {
            uint done = (uint)count;
            int result = MapElements.Batch(BpfCommand.MapUpdateBatch, map.Handle, null, null, keys, values, ref done, map.LockFlag);
            if (result >= 0)
            {
                map.HasBatches = true;
                return;
            }

            if (!IsWithoutBatches(map, result, done, count))
            {
                MapErrors.ThrowPartly(map, BpfCommand.MapUpdateBatch, result, "set", DoneBeforeError(done, count), count);
            }

            map.HasBatches = false;
        }

        for (int i = 0; i < count; i++)
        {
            int result = MapElements.Update(map.Handle, At(keys, i, map.KeySize), At(values, i, valueSize), map.LockFlag);
            if (result < 0)
            {
                MapErrors.ThrowPartly(map, BpfCommand.MapUpdateElem, result, "set", i, count);
            }
        }
    }

    /// <returns>How many were there.</returns>
    public static int Remove(BpfMap map, byte* keys, int count)
    {
        int removed = 0;
        int at = 0;
        while (at < count && map.HasBatches != false)
        {
            uint done = (uint)(count - at);
            int result = MapElements.Batch(BpfCommand.MapDeleteBatch, map.Handle, null, null, At(keys, at, map.KeySize), null, ref done);
            if (result >= 0 || result == MapElements.NotFound)
            {
                // The kernel stops at a key that is not there; it is passed over.
                map.HasBatches = true;
                removed += (int)done;
                at += (int)done + (result < 0 ? 1 : 0);
            }
            else if (IsWithoutBatches(map, result, done, count - at))
            {
                map.HasBatches = false;
            }
            else
            {
                MapErrors.ThrowPartly(map, BpfCommand.MapDeleteBatch, result, "remove", at + DoneBeforeError(done, count - at), count);
            }
        }

        for (; at < count; at++)
        {
            int result = MapElements.Delete(map.Handle, At(keys, at, map.KeySize));
            if (result < 0 && result != MapElements.NotFound)
            {
                MapErrors.ThrowPartly(map, BpfCommand.MapDeleteElem, result, "remove", at, count);
            }

            removed += result < 0 ? 0 : 1;
        }

        return removed;
    }

    /// <summary>Whether the kernel has no batches, as far as this answer tells: it did not begin.</summary>
    internal static bool IsWithoutBatches(BpfMap map, int result, uint done, int count) =>
        map.HasBatches != true && done == (uint)count && ErrorOf(result) is BpfErrno.ENOTSUPP or BpfErrno.EINVAL;

    /// <summary>An error before the first element leaves the count as it was given.</summary>
    internal static int DoneBeforeError(uint done, int count) => done >= (uint)count ? 0 : (int)done;

    private static BpfErrno ErrorOf(int result) => (BpfErrno)(-Math.Min(result, 0));

    private static byte* At(byte* start, int index, int size) => start + ((nint)index * size);

    /// <summary>One bucket holds more than there is room for: read as a whole, of which the first elements are wanted.</summary>
    private static int CopyBucket(BpfMap map, ulong* cursor, byte* keys, byte* values, int valueSize, int room)
    {
        for (int capacity = checked((room * 2) + 16); ; capacity = checked(capacity * 2))
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(checked(capacity * (map.KeySize + valueSize)));
            try
            {
                fixed (byte* start = buffer)
                {
                    byte* foundValues = At(start, capacity, map.KeySize);
                    ulong next;
                    uint count = (uint)capacity;
                    int result = MapElements.Batch(BpfCommand.MapLookupBatch, map.Handle, cursor, &next, start, foundValues, ref count, map.LockFlag);
                    if (ErrorOf(result) is BpfErrno.None or BpfErrno.ENOENT)
                    {
                        int found = (int)Math.Min(count, (uint)room);
                        new ReadOnlySpan<byte>(start, found * map.KeySize).CopyTo(new Span<byte>(keys, found * map.KeySize));
                        new ReadOnlySpan<byte>(foundValues, found * valueSize).CopyTo(new Span<byte>(values, found * valueSize));
                        return found;
                    }

                    if (ErrorOf(result) != BpfErrno.ENOSPC)
                    {
                        throw MapErrors.Create(map, BpfCommand.MapLookupBatch, result, "copy the elements of");
                    }
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <returns>How many there were, at most <paramref name="room"/>.</returns>
    public static int CopyByWalk(BpfMap map, byte* keys, byte* values, int valueSize, int room)
    {
        using MapWalk walk = MapWalk.Begin(map, valueSize);
        int done = 0;
        while (done < room && walk.MoveNext())
        {
            fixed (byte* key = &walk.Element.Key)
            {
                new ReadOnlySpan<byte>(key, map.KeySize).CopyTo(new Span<byte>(At(keys, done, map.KeySize), map.KeySize));
            }

            walk.Element.Value.CopyTo(new Span<byte>(At(values, done, valueSize), valueSize));
            done++;
        }

        return done;
    }

    private static int TakeByKey(BpfMap map, byte* keys, byte* values, int valueSize, int done, int room)
    {
        using MapWalk walk = MapWalk.Begin(map, valueSize);
        while (done < room && walk.MoveNext())
        {
            byte* key = At(keys, done, map.KeySize);
            fixed (byte* found = &walk.Element.Key)
            {
                new ReadOnlySpan<byte>(found, map.KeySize).CopyTo(new Span<byte>(key, map.KeySize));
            }

            int result = Take(map, key, At(values, done, valueSize));
            if (result >= 0)
            {
                done++;
            }
            else if (result != MapElements.NotFound)
            {
                MapErrors.ThrowPartly(map, BpfCommand.MapLookupAndDeleteElem, result, "take", done, room);
            }
        }

        return done;
    }

    /// <summary>In one step, or in two on kernels before 5.14.</summary>
    private static int Take(BpfMap map, byte* key, byte* value)
    {
        int result = MapElements.LookupAndDelete(map.Handle, key, value, map.LockFlag);
        if (ErrorOf(result) is BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP or BpfErrno.EINVAL)
        {
            result = MapElements.Lookup(map.Handle, key, value, map.LockFlag);
            result = result < 0 ? result : MapElements.Delete(map.Handle, key);
        }

        return result;
    }
}

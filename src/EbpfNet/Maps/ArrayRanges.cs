using System.Buffers;
using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Neighbouring elements of an array at once: by batches where the kernel has them (Linux 5.6), else one by one.</summary>
internal static unsafe class ArrayRanges
{
    /// <summary>The kernel wants a key for each element; this many at a time cost next to nothing beside the call.</summary>
    private const int BatchLength = 1024;

    private const int ClearBytes = 64 * 1024;

    [SkipLocalsInit]
    public static void Read(BpfMap map, int index, byte* values, int valueSize, int count)
    {
        int done = 0;
        int* keys = stackalloc int[BatchLength];
        while (done < count && map.HasBatches != false)
        {
            // A batch begins behind the key that its cursor is.
            int before = index + done - 1;
            int next;
            int length = Math.Min(count - done, BatchLength);
            uint found = (uint)length;
            int result = MapElements.Batch(
                BpfCommand.MapLookupBatch, map.Handle, before < 0 ? null : &before, &next, keys, values + ((nint)done * valueSize), ref found, map.LockFlag);
            if (result >= 0 && found > 0)
            {
                map.HasBatches = true;
                done += (int)Math.Min(found, (uint)length);
            }
            else if (map.HasBatches != true && result is -(int)BpfErrno.ENOTSUPP or -(int)BpfErrno.EINVAL)
            {
                map.HasBatches = false;
            }
            else
            {
                MapErrors.ThrowPartly(map, BpfCommand.MapLookupBatch, result, "read", done, count);
            }
        }

        for (; done < count; done++)
        {
            int key = index + done;
            int result = MapElements.Lookup(map.Handle, &key, values + ((nint)done * valueSize), map.LockFlag);
            if (result < 0)
            {
                MapErrors.ThrowPartly(map, BpfCommand.MapLookupElem, result, "read", done, count);
            }
        }
    }

    [SkipLocalsInit]
    public static void Write(BpfMap map, int index, byte* values, int valueSize, int count)
    {
        int done = 0;
        int* keys = stackalloc int[BatchLength];
        while (done < count && map.HasBatches != false)
        {
            int length = Math.Min(count - done, BatchLength);
            for (int i = 0; i < length; i++)
            {
                keys[i] = index + done + i;
            }

            uint written = (uint)length;
            int result = MapElements.Batch(BpfCommand.MapUpdateBatch, map.Handle, null, null, keys, values + ((nint)done * valueSize), ref written, map.LockFlag);
            if (result >= 0)
            {
                map.HasBatches = true;
                done += length;
            }
            else if (HashTableRanges.IsWithoutBatches(map, result, written, length))
            {
                map.HasBatches = false;
            }
            else
            {
                MapErrors.ThrowPartly(map, BpfCommand.MapUpdateBatch, result, "write", done + HashTableRanges.DoneBeforeError(written, length), count);
            }
        }

        for (; done < count; done++)
        {
            int key = index + done;
            int result = MapElements.Update(map.Handle, &key, values + ((nint)done * valueSize), map.LockFlag);
            if (result < 0)
            {
                MapErrors.ThrowPartly(map, BpfCommand.MapUpdateElem, result, "write", done, count);
            }
        }
    }

    /// <summary>Writes zeroes everywhere.</summary>
    public static void Clear(BpfMap map, int valueSize, int length)
    {
        int most = Math.Clamp(ClearBytes / valueSize, 1, BatchLength);
        byte[] zeroes = ArrayPool<byte>.Shared.Rent(checked(Math.Min(most, length) * valueSize));
        Array.Clear(zeroes);
        try
        {
            fixed (byte* values = zeroes)
            {
                for (int done = 0; done < length; done += most)
                {
                    Write(map, done, values, valueSize, Math.Min(most, length - done));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(zeroes);
        }
    }
}

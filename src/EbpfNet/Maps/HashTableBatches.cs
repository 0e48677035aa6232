using System.Buffers;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Emptying a hash table by batches: one pass over its buckets, so that it ends whatever is added meanwhile.</summary>
internal static unsafe class HashTableBatches
{
    private const int CursorSize = 8;
    private const int BatchBytes = 64 * 1024;
    private const int SmallestBatch = 32;

    /// <summary>False when the kernel has no batches (before Linux 5.6): nothing was removed then.</summary>
    public static bool TryClear(BpfMap map, int valueSize)
    {
        int elementSize = map.KeySize + valueSize;
        int capacity = (int)Math.Min((uint)Math.Max(BatchBytes / elementSize, SmallestBatch), Math.Max(map.MaxEntries, 1));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(checked(CursorSize + (capacity * elementSize)));
        try
        {
            bool hasCursor = false;
            while (true)
            {
                uint count = (uint)capacity;
                int result;
                fixed (byte* start = buffer)
                {
                    byte* keys = start + CursorSize;
                    result = MapElements.Batch(BpfCommand.MapLookupAndDeleteBatch, map.Handle, hasCursor ? start : null, start, keys, keys + (capacity * map.KeySize), ref count);
                }

                switch ((BpfErrno)(-Math.Min(result, 0)))
                {
                    case BpfErrno.None:
                        hasCursor = true;
                        break;
                    case BpfErrno.ENOENT:
                        return true;
                    case BpfErrno.ENOSPC:
                        capacity = checked(capacity * 2);
                        byte[] larger = ArrayPool<byte>.Shared.Rent(checked(CursorSize + (capacity * elementSize)));
                        buffer.AsSpan(0, CursorSize).CopyTo(larger);
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = larger;
                        break;
                    case BpfErrno.ENOTSUPP or BpfErrno.EINVAL when !hasCursor:
                        return false;
                    default:
                        throw MapErrors.Create(map, BpfCommand.MapLookupAndDeleteBatch, result, "clear");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

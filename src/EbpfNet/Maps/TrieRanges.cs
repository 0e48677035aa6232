using System.Buffers.Binary;
using System.Numerics;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Many elements of a trie at once. The kernel goes from prefix to prefix, and begins anew when the one that it is at has gone: then what it gives is out of order, which is
/// seen by looking, and a walk that remembers takes its place.
/// </summary>
internal static unsafe class TrieRanges
{
    /// <returns>How many there were, at most <paramref name="room"/>.</returns>
    public static int CopyTo(BpfMap map, byte* keys, byte* values, int valueSize, int room)
    {
        if (room > 0 && map.HasBatches != false)
        {
            uint count = (uint)room;
            byte* cursor = stackalloc byte[map.KeySize];
            int result = MapElements.Batch(BpfCommand.MapLookupBatch, map.Handle, null, cursor, keys, values, ref count, map.LockFlag);
            int found = (int)Math.Min(count, (uint)room);
            if ((result >= 0 || result == MapElements.NotFound) && IsInOrder(keys, map.KeySize, found))
            {
                map.HasBatches = true;
                return found;
            }
        }

        return HashTableRanges.CopyByWalk(map, keys, values, valueSize, room);
    }

    /// <summary>Whether each prefix comes after the one before in the order of <c>trie_get_next_key</c>, so that none is there twice.</summary>
    internal static bool IsInOrder(byte* keys, int keySize, int count)
    {
        for (int i = 1; i < count; i++)
        {
            byte* key = keys + ((nint)i * keySize);
            if (!IsBefore(key - keySize, key, keySize))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The kernel's order: what begins with 0 before what begins with 1, and longer prefixes before the shorter one that they lie in.</summary>
    private static bool IsBefore(byte* first, byte* second, int keySize)
    {
        uint firstLength = *(uint*)first;
        uint secondLength = *(uint*)second;
        uint common = Math.Min(CommonBits(first + sizeof(uint), second + sizeof(uint), keySize - sizeof(uint)), Math.Min(firstLength, secondLength));
        if (common == secondLength)
        {
            return firstLength > secondLength;
        }

        return common != firstLength && (first[sizeof(uint) + (common / 8)] & (0x80 >> (int)(common % 8))) == 0;
    }

    private static uint CommonBits(byte* first, byte* second, int size)
    {
        int at = 0;
        for (; at + sizeof(uint) <= size; at += sizeof(uint))
        {
            uint differing = *(uint*)(first + at) ^ *(uint*)(second + at);
            if (differing != 0)
            {
                return (uint)((at * 8) + BitOperations.LeadingZeroCount(BinaryPrimitives.ReverseEndianness(differing)));
            }
        }

        for (; at < size; at++)
        {
            int differing = first[at] ^ second[at];
            if (differing != 0)
            {
                return (uint)((at * 8) + BitOperations.LeadingZeroCount((uint)differing) - 24);
            }
        }

        return (uint)(size * 8);
    }
}

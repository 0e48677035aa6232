using System.Numerics;
using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Maps;

/// <summary>
/// Hash tables whose elements all share one bucket: the kernel gives a bucket as a whole or not at all, so that batches have to grow. The keys are chosen with the kernel's
/// hash function, whose seed the table is told to leave at zero.
/// </summary>
public sealed class CrowdedBucketTests : KernelTest
{
    private const int Buckets = 64;
    private const int Count = Buckets - 4;
    private static readonly int[] Keys = [.. Enumerable.Range(0, int.MaxValue).Where(key => Hash((uint)key) % Buckets == 0).Take(Count)];

    [SkippableFact]
    public unsafe void The_keys_do_share_a_bucket()
    {
        using var map = BpfHashMap<int, int>.Create("crowded", Buckets, BpfMapFlags.ZeroSeed);
        map.SetRange(Keys, Keys);
        uint room = Count - 1;
        var buffer = new int[Count];
        ulong cursor;
        fixed (int* found = buffer)
        {
            Assert.Equal(-(int)BpfErrno.ENOSPC, MapElements.Batch(BpfCommand.MapLookupBatch, map.Map.Handle, null, &cursor, found, found, ref room));
        }
    }

    [SkippableFact]
    public void A_walk_makes_room_for_a_bucket_that_does_not_fit()
    {
        // Values so large that a batch begins with room for 32.
        using var map = BpfHashMap<int, Large>.Create("crowded_walk", Buckets, BpfMapFlags.ZeroSeed);
        foreach (int key in Keys)
        {
            map.Set(key, Large.Of(key));
        }

        map.Map.HasBatches = true; // Leaves no other way.
        int shown = 0;
        foreach ((int key, Large value) in map)
        {
            Assert.Equal(key, value.First);
            shown++;
        }

        Assert.Equal(Count, shown);
        Assert.Equal(Count, map.Count);
    }

    [SkippableFact]
    public void Clearing_makes_room_for_a_bucket_that_does_not_fit()
    {
        using var map = BpfHashMap<int, Large>.Create("crowded_clear", Buckets, BpfMapFlags.ZeroSeed);
        foreach (int key in Keys)
        {
            map.Set(key, Large.Of(key));
        }

        Assert.True(HashTableBatches.TryClear(map.Map, Unsafe.SizeOf<Large>()));
        Assert.Equal(0, map.Count);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(Count)]
    public void A_part_of_a_bucket_is_copied_and_taken(int room)
    {
        using var map = BpfHashMap<int, int>.Create("crowded_part", Buckets, BpfMapFlags.ZeroSeed);
        map.SetRange(Keys, [.. Keys.Select(key => ~key)]);
        var keys = new int[room];
        var values = new int[room];
        Assert.Equal(room, map.CopyTo(keys, values));
        Assert.Equal(keys.Select(key => ~key), values);
        Assert.Equal(room, keys.Distinct().Intersect(Keys).Count());
        var taken = new HashSet<int>();
        for (int count = map.TakeTo(keys, values); count > 0; count = map.TakeTo(keys, values))
        {
            Assert.All(keys[..count], key => Assert.True(taken.Add(key)));
        }

        Assert.Equal(Keys, taken.Order());
        Assert.Equal(0, map.Count);
    }

    /// <summary>What the kernel makes of a key of 4 bytes with a seed of zero: Bob Jenkins's hash, of which only the last round is left.</summary>
    private static uint Hash(uint key)
    {
        uint start = 0xdeadbeef + sizeof(uint);
        uint a = start + key;
        uint b = start;
        uint c = start;
        c = Mix(c, b, 14);
        a = Mix(a, c, 11);
        b = Mix(b, a, 25);
        c = Mix(c, b, 16);
        a = Mix(a, c, 4);
        b = Mix(b, a, 14);
        return Mix(c, b, 24);

        static uint Mix(uint value, uint with, int rotation) => (value ^ with) - BitOperations.RotateLeft(with, rotation);
    }

    [InlineArray(16 * 1024)]
    private struct Large
    {
#pragma warning disable IDE0044, IDE0051, CS0169 // An array.
        private byte _first;
#pragma warning restore IDE0044, IDE0051, CS0169

        public readonly int First => BitConverter.ToInt32(this[..4]);

        public static Large Of(int first)
        {
            Large value = default;
            BitConverter.TryWriteBytes(value[..4], first);
            return value;
        }
    }
}

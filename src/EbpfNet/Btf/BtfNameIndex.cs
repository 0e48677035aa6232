using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace EbpfNet.Btf;

/// <summary>
/// Finds types by name: a hash table over the UTF-8 bytes as they stand in the string section, two integers per type and no string.
/// Types of one name are chained in the order of their ids.
/// </summary>
internal sealed class BtfNameIndex
{
    // Both hold the place of a type among the spec's own plus one; 0 ends a chain.
    private readonly int[] _buckets;
    private readonly int[] _next;

    private BtfNameIndex(int[] buckets, int[] next)
    {
        _buckets = buckets;
        _next = next;
    }

    // Runs once over all names: waiting for the tiered compiler to notice would cost more than the work.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static BtfNameIndex Build(BtfSpec spec)
    {
        int count = spec.OwnTypeCount;
        var buckets = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(count, 1))];
        var next = new int[count];
        for (int i = count - 1; i >= 0; i--)
        {
            uint nameOffset = spec.NameOffsetOfOwn(i);
            if (nameOffset != 0)
            {
                ref int bucket = ref buckets[Hash(spec.GetNameBytes(nameOffset)) & (uint)(buckets.Length - 1)];
                next[i] = bucket;
                bucket = i + 1;
            }
        }

        return new BtfNameIndex(buckets, next);
    }

    public void Find(BtfSpec spec, string name, List<BtfTypeId> found)
    {
        if (name.Length == 0)
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[256];
        ReadOnlySpan<byte> wanted = Encoding.UTF8.TryGetBytes(name, buffer, out int length) ? buffer[..length] : Encoding.UTF8.GetBytes(name);
        for (int i = _buckets[Hash(wanted) & (uint)(_buckets.Length - 1)]; i != 0; i = _next[i - 1])
        {
            if (spec.NameBytesOfOwn(i - 1).SequenceEqual(wanted))
            {
                found.Add(new BtfTypeId(spec.FirstId.Value + (uint)(i - 1)));
            }
        }
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        ulong hash = (uint)name.Length;
        while (name.Length >= 8)
        {
            hash = (BitOperations.RotateLeft(hash, 5) ^ BinaryPrimitives.ReadUInt64LittleEndian(name)) * 0x9E37_79B9_7F4A_7C15;
            name = name[8..];
        }

        ulong tail = 0;
        foreach (byte b in name)
        {
            tail = (tail << 8) | b;
        }

        hash = (BitOperations.RotateLeft(hash, 5) ^ tail) * 0x9E37_79B9_7F4A_7C15;
        return (uint)(hash >> 32);
    }
}

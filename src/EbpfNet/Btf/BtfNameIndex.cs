using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Btf;

/// <summary>
/// Finds types by name: a hash table over the UTF-8 bytes as they stand in the string section, a few integers per type and no string.
/// Types whose names fall into one bucket are chained.
/// </summary>
internal sealed class BtfNameIndex
{
    /// <summary>
    /// The kinds that one index covers; another covers the rest. Two out of three names in a kernel are those of functions, which
    /// a program that adapts itself to the kernel's types never asks for.
    /// </summary>
    public const BtfKinds TypeKinds = (BtfKinds)(
        (1u << (int)BtfKind.Int) | (1u << (int)BtfKind.Struct) | (1u << (int)BtfKind.Union) | (1u << (int)BtfKind.Enum) |
        (1u << (int)BtfKind.Forward) | (1u << (int)BtfKind.Typedef) | (1u << (int)BtfKind.Float) | (1u << (int)BtfKind.Enum64));

    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    // Places in _entries plus one; 0 ends a chain.
    private readonly int[] _buckets;
    private readonly Entry[] _entries;

    private BtfNameIndex(int[] buckets, Entry[] entries)
    {
        _buckets = buckets;
        _entries = entries;
    }

    public static BtfNameIndex Build(BtfSpec spec, BtfKinds kinds)
    {
        // In kernels a quarter of the types have a name and are no functions, and half are functions.
        int expected = (spec.OwnTypeCount / (kinds == TypeKinds ? 4 : 2)) + 4;
        var buckets = new int[BitOperations.RoundUpToPowerOf2((uint)expected) / 2];
        Entry[] entries = CollectNames(spec, kinds, buckets, new Entry[expected]);
        return new BtfNameIndex(buckets, entries);
    }

    /// <summary>Adds the ids of all types that have a name and are of a kind wanted, in no particular order.</summary>
    public void Find(BtfSpec spec, ReadOnlySpan<byte> name, BtfKinds kinds, List<BtfTypeId> found)
    {
        if (name.IsEmpty)
        {
            return;
        }

        for (int i = _buckets[Hash(name) & (uint)(_buckets.Length - 1)]; i != 0; i = _entries[i - 1].Next)
        {
            int type = _entries[i - 1].Type;
            (uint nameOffset, uint info) = spec.HeaderOfOwn(type);
            if ((BtfEncoding.Kind(info).ToSet() & kinds) != 0 && spec.Strings.IsName(nameOffset, name))
            {
                found.Add(new BtfTypeId(spec.FirstId.Value + (uint)type));
            }
        }
    }

    /// <summary>The same without an index: for one or two searches that is quicker than to make one, and takes no memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FindWithoutIndex(BtfSpec spec, ReadOnlySpan<byte> name, BtfKinds kinds, List<BtfTypeId> found)
    {
        ReadOnlySpan<uint> offsets = spec.TypeOffsets;
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(spec.EncodedTypes);
        for (int i = 0; i < offsets.Length && !name.IsEmpty; i++)
        {
            int word = (int)(offsets[i] / sizeof(uint));
            uint kind = (words[word + 1] >> 24) & 0x7F;
            bool isWanted = kind <= (uint)BtfKind.Enum64 ? ((uint)kinds & (1u << (int)kind)) != 0 : (kinds & BtfKinds.Unknown) != 0;
            if (isWanted && words[word] < spec.Strings.Length && spec.Strings.IsName(words[word], name))
            {
                found.Add(new BtfTypeId(spec.FirstId.Value + (uint)i));
            }
        }
    }

    // Like the walk over the types, this loop runs once over a kernel's names, compiled well from the start, and calls nothing that matters.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Entry[] CollectNames(BtfSpec spec, BtfKinds kinds, int[] buckets, Entry[] entries)
    {
        ReadOnlySpan<uint> offsets = spec.TypeOffsets;
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(spec.EncodedTypes);
        ReadOnlySpan<byte> strings = spec.Strings.Own;
        uint ownStart = spec.Strings.OwnStart;
        int count = 0;
        for (int i = 0; i < offsets.Length; i++)
        {
            int word = (int)(offsets[i] / sizeof(uint));
            uint nameOffset = words[word];
            uint kind = (words[word + 1] >> 24) & 0x7F;
            if (nameOffset == 0 || (kind <= (uint)BtfKind.Enum64 ? (uint)kinds & (1u << (int)kind) : (uint)(kinds & BtfKinds.Unknown)) == 0)
            {
                continue;
            }

            ulong hash = 0;
            uint start = nameOffset - ownStart;
            int end = (int)Math.Min((uint)strings.Length, start + (ulong)BtfStrings.MaxNameLength);
            if (nameOffset >= ownStart && start >= (uint)strings.Length)
            {
                continue; // Leads nowhere: nobody finds it, and who comes to it otherwise is told.
            }

            if (nameOffset < ownStart)
            {
                hash = Hash(spec.Strings.GetNameBytes(nameOffset));
            }
            else
            {
                for (int at = (int)start; ; at += sizeof(ulong))
                {
                    ulong chunk;
                    if (end - at >= sizeof(ulong))
                    {
                        chunk = BinaryPrimitives.ReadUInt64LittleEndian(strings.Slice(at, sizeof(ulong)));
                    }
                    else
                    {
                        chunk = 0;
                        for (int j = end - 1; j >= at; j--)
                        {
                            chunk = (chunk << 8) | strings[j];
                        }
                    }

                    // The lowest set bit marks the first NUL; everything from there on does not belong to the name.
                    ulong zeros = (chunk - 0x0101_0101_0101_0101) & ~chunk & 0x8080_8080_8080_8080;
                    chunk &= (zeros & (0 - zeros)) == 0 ? ulong.MaxValue : ((zeros & (0 - zeros)) >> 7) - 1;
                    hash = (BitOperations.RotateLeft(hash, 5) ^ chunk) * Multiplier;
                    if (zeros != 0)
                    {
                        break;
                    }
                }

                hash >>= 32;
            }

            if (count == entries.Length)
            {
                Array.Resize(ref entries, entries.Length * 2);
            }

            ref int bucket = ref buckets[(uint)hash & (uint)(buckets.Length - 1)];
            entries[count++] = new Entry { Type = i, Next = bucket };
            bucket = count;
        }

        return entries;
    }

    /// <summary>The same over a name by itself: eight bytes at a time, the last of them filled up with zeros, at least one of which is the NUL.</summary>
    private static uint Hash(ReadOnlySpan<byte> name)
    {
        ulong hash = 0;
        for (; name.Length >= sizeof(ulong); name = name[sizeof(ulong)..])
        {
            hash = (BitOperations.RotateLeft(hash, 5) ^ BinaryPrimitives.ReadUInt64LittleEndian(name)) * Multiplier;
        }

        ulong tail = 0;
        for (int i = name.Length - 1; i >= 0; i--)
        {
            tail = (tail << 8) | name[i];
        }

        return (uint)(((BitOperations.RotateLeft(hash, 5) ^ tail) * Multiplier) >> 32);
    }

    private struct Entry
    {
        public int Type;
        public int Next;
    }
}

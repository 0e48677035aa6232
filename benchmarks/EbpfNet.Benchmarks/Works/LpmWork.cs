using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>A trie of IPv4 networks to <c>u64</c>.</summary>
internal sealed unsafe class LpmWork : MapWork
{
    private readonly BpfLpmTrie<Ipv4LpmKey, ulong> _map;
    private readonly Ipv4LpmKey[] _keys;

    public LpmWork(int count)
        : this(BpfLpmTrie<Ipv4LpmKey, ulong>.Create("bench_lpm", count), MakeNetworks(count))
    {
    }

    private LpmWork(BpfLpmTrie<Ipv4LpmKey, ulong> map, Ipv4LpmKey[] keys)
        : base(map.Map, (byte*)Unsafe.AsPointer(ref keys[0]), sizeof(Ipv4LpmKey), keys.Length, words: 1)
    {
        _map = map;
        _keys = keys;
        Update(keys.Length);
    }

    public override ulong Lookup(int count)
    {
        Ipv4LpmKey[] keys = _keys;
        int mask = keys.Length - 1;
        ulong sum = 0;
        for (int i = 0; i < count; i++)
        {
            Require(_map.TryGetValue(keys[i & mask], out ulong value));
            sum += value;
        }

        return sum;
    }

    public override void Update(int count)
    {
        Ipv4LpmKey[] keys = _keys;
        int mask = keys.Length - 1;
        for (int i = 0; i < count; i++)
        {
            _map.Set(keys[i & mask], (ulong)i);
        }
    }

    public override void Replace(int count)
    {
        Ipv4LpmKey[] keys = _keys;
        int mask = keys.Length - 1;
        for (int i = 0; i < count; i++)
        {
            ref Ipv4LpmKey key = ref keys[i & mask];
            Require(_map.Remove(key) && _map.TryAdd(key, (ulong)i));
        }
    }

    public override ulong Enumerate(int count)
    {
        ulong sum = 0;
        for (int done = 0; done < count; done += Count)
        {
            foreach ((_, ulong value) in _map)
            {
                sum += value;
            }
        }

        return sum;
    }

    public override void ReadBatch(int count)
    {
        Span<Ipv4LpmKey> keys = MemoryMarshal.Cast<byte, Ipv4LpmKey>(FoundKeys.AsSpan());
        for (int done = 0; done < count; done += Count)
        {
            Require(_map.CopyTo(keys, Values) == Count);
        }
    }

    public override void WriteBatch(int count)
    {
        for (int done = 0; done < count; done += Count)
        {
            _map.SetRange(_keys, Values);
        }
    }

    /// <summary>Networks of 24 bits, in no order.</summary>
    private static Ipv4LpmKey[] MakeNetworks(int count)
    {
        var keys = GC.AllocateArray<Ipv4LpmKey>(count, pinned: true);
        uint[] numbers = MakeKeys(count);
        for (int i = 0; i < count; i++)
        {
            keys[i] = new Ipv4LpmKey(new IPAddress([10, (byte)(numbers[i] >> 8), (byte)numbers[i], 0]), 24);
        }

        return keys;
    }
}

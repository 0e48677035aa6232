using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>A hash table or LRU hash table of <c>u32</c> to <c>u64</c>.</summary>
internal sealed unsafe class HashWork : MapWork
{
    private readonly BpfHashMap<uint, ulong> _map;
    private readonly uint[] _keys;

    public HashWork(int count, bool lru = false)
        : this(BpfHashMap<uint, ulong>.Create("bench_hash", lru ? 4 * count : count, lru: lru), MakeKeys(count))
    {
    }

    private HashWork(BpfHashMap<uint, ulong> map, uint[] keys)
        : base(map.Map, (byte*)Unsafe.AsPointer(ref keys[0]), sizeof(uint), keys.Length, words: 1)
    {
        _map = map;
        _keys = keys;
        map.SetRange(keys, Values);
    }

    public override ulong Lookup(int count)
    {
        uint[] keys = _keys;
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
        uint[] keys = _keys;
        int mask = keys.Length - 1;
        for (int i = 0; i < count; i++)
        {
            _map.Set(keys[i & mask], (ulong)i);
        }
    }

    public override void Replace(int count)
    {
        uint[] keys = _keys;
        int mask = keys.Length - 1;
        for (int i = 0; i < count; i++)
        {
            uint key = keys[i & mask];
            Require(_map.Remove(key) && _map.TryAdd(key, (ulong)i));
        }
    }

    public override void Take(int count)
    {
        uint[] keys = _keys;
        int mask = keys.Length - 1;
        for (int i = 0; i < count; i++)
        {
            uint key = keys[i & mask];
            Require(_map.TryRemove(key, out ulong value) && _map.TryAdd(key, value));
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
        Span<uint> keys = MemoryMarshal.Cast<byte, uint>(FoundKeys.AsSpan());
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

    public override void ReplaceBatch(int count)
    {
        for (int done = 0; done < count; done += Count)
        {
            Require(_map.RemoveRange(_keys) == Count);
            _map.SetRange(_keys, Values);
        }
    }
}

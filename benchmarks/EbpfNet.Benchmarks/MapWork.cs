using EbpfNet.Abi;

namespace EbpfNet.Benchmarks;

/// <summary>One kind of map operation, done by C over the bare call and by EbpfNet's view, on the same map and keys.</summary>
internal sealed unsafe class MapWork : IDisposable
{
    private const int KeyCount = 1024; // A power of two: the loops go round the keys with a mask.

    private readonly uint[] _keys = GC.AllocateArray<uint>(KeyCount, pinned: true);
    private readonly BpfMap _map;
    private readonly BpfHashMap<uint, ulong>? _hash;
    private readonly BpfArray<ulong>? _array;

    public MapWork(BpfMapType type)
    {
        if (type == BpfMapType.Hash)
        {
            _hash = BpfHashMap<uint, ulong>.Create("bench_hash", KeyCount);
            _map = _hash.Map;
        }
        else
        {
            _array = BpfArray<ulong>.Create("bench_array", KeyCount);
            _map = _array.Map;
        }

        var random = new Random(1);
        for (uint i = 0; i < KeyCount; i++)
        {
            _keys[i] = i;
            _hash?.Set(i, i);
        }

        random.Shuffle(_keys);
    }

    public void LookupInC(int count)
    {
        using var fd = _map.Handle.Acquire();
        ulong sum;
        fixed (uint* keys = _keys)
        {
            Require(RawBpf.Lookup(fd.Fd, keys, KeyCount - 1, count, &sum) == 0);
        }
    }

    public void UpdateInC(int count)
    {
        using var fd = _map.Handle.Acquire();
        fixed (uint* keys = _keys)
        {
            Require(RawBpf.Update(fd.Fd, keys, KeyCount - 1, count) == 0);
        }
    }

    public void Lookup(int count)
    {
        if (_hash is not null)
        {
            LookupHash(_hash, count);
        }
        else
        {
            LookupArray(_array!, count);
        }
    }

    public void Update(int count)
    {
        if (_hash is not null)
        {
            UpdateHash(_hash, count);
        }
        else
        {
            UpdateArray(_array!, count);
        }
    }

    public void Dispose() => _map.Dispose();

    private ulong LookupHash(BpfHashMap<uint, ulong> map, int count)
    {
        uint[] keys = _keys;
        ulong sum = 0;
        int failures = 0;
        for (int i = 0; i < count; i++)
        {
            if (map.TryGetValue(keys[i & (KeyCount - 1)], out ulong value))
            {
                sum += value;
            }
            else
            {
                failures++;
            }
        }

        Require(failures == 0);
        return sum;
    }

    private ulong LookupArray(BpfArray<ulong> map, int count)
    {
        uint[] keys = _keys;
        ulong sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += map[(int)keys[i & (KeyCount - 1)]];
        }

        return sum;
    }

    private void UpdateHash(BpfHashMap<uint, ulong> map, int count)
    {
        uint[] keys = _keys;
        for (int i = 0; i < count; i++)
        {
            map.Set(keys[i & (KeyCount - 1)], (ulong)i);
        }
    }

    private void UpdateArray(BpfArray<ulong> map, int count)
    {
        uint[] keys = _keys;
        for (int i = 0; i < count; i++)
        {
            map[(int)keys[i & (KeyCount - 1)]] = (ulong)i;
        }
    }

    private static void Require(bool succeeded)
    {
        if (!succeeded)
        {
            throw new InvalidOperationException("A map operation failed in the middle of a measurement.");
        }
    }
}

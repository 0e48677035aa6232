using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>A hash table of <c>u32</c> to a <c>u64</c> for each possible CPU.</summary>
internal sealed unsafe class PerCpuHashWork : MapWork
{
    private readonly BpfPerCpuHashMap<uint, ulong> _map;
    private readonly uint[] _keys;
    private readonly ulong[] _value;

    public PerCpuHashWork(int count)
        : this(BpfPerCpuHashMap<uint, ulong>.Create("bench_percpu_hash", count), MakeKeys(count))
    {
    }

    private PerCpuHashWork(BpfPerCpuHashMap<uint, ulong> map, uint[] keys)
        : base(map.Map, (byte*)Unsafe.AsPointer(ref keys[0]), sizeof(uint), keys.Length, map.CpuCount)
    {
        _map = map;
        _keys = keys;
        _value = new ulong[map.CpuCount];
        Update(keys.Length);
    }

    public override ulong Lookup(int count)
    {
        uint[] keys = _keys;
        int mask = keys.Length - 1;
        Span<ulong> values = _value;
        ulong sum = 0;
        for (int i = 0; i < count; i++)
        {
            Require(_map.TryGetValue(keys[i & mask], values));
            foreach (ulong value in values)
            {
                sum += value;
            }
        }

        return sum;
    }

    public override void Update(int count)
    {
        uint[] keys = _keys;
        int mask = keys.Length - 1;
        Span<ulong> values = _value;
        for (int i = 0; i < count; i++)
        {
            values.Fill((ulong)i);
            _map.Set(keys[i & mask], values);
        }
    }

    public override void Replace(int count)
    {
        uint[] keys = _keys;
        int mask = keys.Length - 1;
        Span<ulong> values = _value;
        for (int i = 0; i < count; i++)
        {
            uint key = keys[i & mask];
            values.Fill((ulong)i);
            Require(_map.Remove(key) && _map.TryAdd(key, values));
        }
    }

    public override ulong Enumerate(int count)
    {
        ulong sum = 0;
        for (int done = 0; done < count; done += Count)
        {
            foreach (BpfPerCpuEntry<uint, ulong> entry in _map)
            {
                sum += entry.Sum();
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
}

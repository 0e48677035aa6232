using System.Runtime.CompilerServices;

namespace EbpfNet.Benchmarks;

/// <summary>An array of a <c>u64</c> for each possible CPU.</summary>
internal sealed unsafe class PerCpuArrayWork : MapWork
{
    private readonly BpfPerCpuArray<ulong> _map;
    private readonly uint[] _keys;
    private readonly ulong[] _value;

    public PerCpuArrayWork(int count)
        : this(BpfPerCpuArray<ulong>.Create("bench_percpu_array", count), MakeKeys(count, isShuffled: false))
    {
    }

    private PerCpuArrayWork(BpfPerCpuArray<ulong> map, uint[] keys)
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
            _map.Read((int)keys[i & mask], values);
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
            _map.Write((int)keys[i & mask], values);
        }
    }

    public override ulong Enumerate(int count)
    {
        ulong sum = 0;
        for (int done = 0; done < count; done += Count)
        {
            foreach (BpfPerCpuEntry<int, ulong> entry in _map)
            {
                sum += entry.Sum();
            }
        }

        return sum;
    }

    public override void ReadBatch(int count)
    {
        for (int done = 0; done < count; done += Count)
        {
            _map.ReadRange(0, Values);
        }
    }

    public override void WriteBatch(int count)
    {
        for (int done = 0; done < count; done += Count)
        {
            _map.WriteRange(0, Values);
        }
    }
}

using System.Runtime.CompilerServices;

namespace EbpfNet.Benchmarks;

/// <summary>An array of <c>u64</c>.</summary>
internal sealed unsafe class ArrayWork : MapWork
{
    private readonly BpfArray<ulong> _map;
    private readonly uint[] _keys;

    public ArrayWork(int count)
        : this(BpfArray<ulong>.Create("bench_array", count), MakeKeys(count, isShuffled: false))
    {
    }

    private ArrayWork(BpfArray<ulong> map, uint[] keys)
        : base(map.Map, (byte*)Unsafe.AsPointer(ref keys[0]), sizeof(uint), keys.Length, words: 1)
    {
        _map = map;
        _keys = keys;
        map.WriteRange(0, Values);
    }

    public override ulong Lookup(int count)
    {
        uint[] keys = _keys;
        int mask = keys.Length - 1;
        ulong sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += _map[(int)keys[i & mask]];
        }

        return sum;
    }

    public override void Update(int count)
    {
        uint[] keys = _keys;
        int mask = keys.Length - 1;
        for (int i = 0; i < count; i++)
        {
            _map[(int)keys[i & mask]] = (ulong)i;
        }
    }

    public override ulong Enumerate(int count)
    {
        ulong sum = 0;
        for (int done = 0; done < count; done += Count)
        {
            foreach (ulong value in _map)
            {
                sum += value;
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

using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Maps.Models;

/// <summary>Arrays, in shared memory or not, beside an array.</summary>
internal sealed class ArrayModel : ModelledMap
{
    private readonly BpfArray<long> _map;
    private readonly long[] _model = new long[Threads * KeysPerThread];

    public ArrayModel(BpfMapFlags flags, bool batches)
    {
        _map = BpfArray<long>.Create("model_array", _model.Length, flags);
        _map.Map.HasBatches = batches ? null : false;
        for (int i = 0; i < _model.Length; i++)
        {
            _map[i] = _model[i] = Tagged.Of(i, 0);
        }
    }

    /// <summary>Here a thread's own elements are neighbours, so that ranges can be of them alone.</summary>
    public override Action<Step> Own(int thread)
    {
        int first = thread * KeysPerThread;
        return step =>
        {
            int index = first + step.Key;
            int length = KeysPerThread - step.Key;
            switch (step.What % 6)
            {
                case 0:
                    Assert.Equal(_model[index], _map[index]);
                    break;
                case 1 or 2:
                    _map[index] = _model[index] = Tagged.Of(index, step.Seed);
                    break;
                case 3:
                    var found = new long[length];
                    _map.ReadRange(index, found);
                    Assert.Equal(_model.AsSpan(index, length).ToArray(), found);
                    break;
                case 4:
                    long[] values = [.. Enumerable.Range(index, length).Select(each => Tagged.Of(each, step.Seed))];
                    _map.WriteRange(index, values);
                    values.CopyTo(_model, index);
                    break;
                default:
                    if (_map.IsMapped)
                    {
                        using BpfMapped<long> memory = _map.MapMemory();
                        Assert.Equal(_model[index], Volatile.Read(ref memory[index]));
                        Assert.Equal(_model[index] + 1, Interlocked.Increment(ref memory.Span[index]));
                        Assert.Equal(_model[index] += 3, _map.Add(index, 2));
                    }

                    break;
            }
        };
    }

    public override void CheckAnyTime()
    {
        int index = 0;
        foreach (long value in _map)
        {
            Assert.Equal(index++, Tagged.KeyOf(value));
        }

        Assert.Equal(_model.Length, index);
        var all = new long[_model.Length];
        Assert.Equal(all.Length, _map.CopyTo(all));
        Assert.Equal(Enumerable.Range(0, all.Length), all.Select(Tagged.KeyOf));
    }

    public override void CheckAtRest()
    {
        Assert.Equal(_model, _map);
        _map.Clear();
        Assert.All(_map, value => Assert.Equal(0, value));
    }

    public override void Dispose() => _map.Dispose();
}

/// <summary>Per-CPU arrays beside an array of arrays.</summary>
internal sealed class PerCpuArrayModel : ModelledMap
{
    private readonly BpfPerCpuArray<long> _map;
    private readonly long[][] _model;

    public PerCpuArrayModel(bool batches)
    {
        _map = BpfPerCpuArray<long>.Create("model_pcpu_arr", Threads * KeysPerThread);
        _map.Map.HasBatches = batches ? null : false;
        _model = [.. Enumerable.Range(0, _map.Length).Select(index => Enumerable.Repeat(Tagged.Of(index, 0), _map.CpuCount).ToArray())];
        for (int index = 0; index < _map.Length; index++)
        {
            _map.Write(index, _model[index]);
        }
    }

    public override Action<Step> Own(int thread)
    {
        int first = thread * KeysPerThread;
        int cpus = _map.CpuCount;
        var buffer = new long[cpus];
        return step =>
        {
            int index = first + step.Key;
            int length = KeysPerThread - step.Key;
            switch (step.What % 7)
            {
                case 0:
                    _map.Read(index, buffer);
                    Assert.Equal(_model[index], buffer);
                    break;
                case 1:
                    Assert.Equal(_model[index].Sum(), _map.Sum(index));
                    break;
                case 2:
                    Assert.Equal(_model[index][step.Seed % cpus], _map.Read(index, step.Seed % cpus));
                    break;
                case 3:
                    _model[index] = [.. Enumerable.Range(step.Seed, cpus).Select(seed => Tagged.Of(index, seed))];
                    _map.Write(index, _model[index]);
                    break;
                case 4:
                    Array.Fill(_model[index], Tagged.Of(index, step.Seed));
                    _map.WriteAll(index, Tagged.Of(index, step.Seed));
                    break;
                case 5:
                    var found = new long[length * cpus];
                    _map.ReadRange(index, found);
                    Assert.Equal(_model.AsSpan(index, length).ToArray().SelectMany(values => values), found);
                    break;
                default:
                    for (int i = index; i < index + length; i++)
                    {
                        _model[i] = [.. Enumerable.Range(step.Seed, cpus).Select(seed => Tagged.Of(i, seed))];
                    }

                    _map.WriteRange(index, [.. _model.AsSpan(index, length).ToArray().SelectMany(values => values)]);
                    break;
            }
        };
    }

    public override void CheckAnyTime()
    {
        int next = 0;
        foreach (BpfPerCpuEntry<int, long> entry in _map)
        {
            Assert.Equal(next++, entry.Key);
            for (int cpu = 0; cpu < entry.CpuCount; cpu++)
            {
                Assert.Equal(entry.Key, Tagged.KeyOf(entry[cpu]));
            }
        }

        Assert.Equal(_map.Length, next);
    }

    public override void CheckAtRest()
    {
        var all = new long[_map.Length * _map.CpuCount];
        _map.ReadRange(0, all);
        Assert.Equal(_model.SelectMany(values => values), all);
        _map.Clear();
        _map.ReadRange(0, all);
        Assert.Equal(new long[all.Length], all);
    }

    public override void Dispose() => _map.Dispose();
}

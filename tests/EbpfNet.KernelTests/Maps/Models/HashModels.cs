using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Maps.Models;

/// <summary>Hash tables beside dictionaries.</summary>
internal sealed class HashModel : ModelledMap
{
    private readonly BpfHashMap<int, long> _map;
    private readonly bool _batches;
    private readonly Dictionary<int, long>[] _models = [.. Enumerable.Range(0, Threads).Select(_ => new Dictionary<int, long>())];

    public HashModel(BpfMapFlags flags, bool batches)
    {
        _batches = batches;
        _map = BpfHashMap<int, long>.Create("model_hash", 4 * Threads * KeysPerThread, flags);
        _map.Map.HasBatches = batches ? null : false;
    }

    public override Action<Step> Own(int thread)
    {
        Dictionary<int, long> model = _models[thread];
        return step =>
        {
            int key = Tagged.Key(thread, step.Key);
            long value = Tagged.Of(key, step.Seed);
            switch (step.What % 9)
            {
                case 0:
                    Assert.Equal(model.TryGetValue(key, out long expected), _map.TryGetValue(key, out long found));
                    Assert.Equal(expected, found);
                    break;
                case 1:
                    _map[key] = model[key] = value;
                    break;
                case 2:
                    Assert.Equal(model.TryAdd(key, value), _map.TryAdd(key, value));
                    break;
                case 3:
                    Assert.Equal(model.ContainsKey(key), _map.TryUpdate(key, value));
                    if (model.ContainsKey(key))
                    {
                        model[key] = value;
                    }

                    break;
                case 4:
                    Assert.Equal(model.Remove(key), _map.Remove(key));
                    break;
                case 5:
                    Assert.Equal(model.Remove(key, out long removed), _map.TryRemove(key, out long taken));
                    Assert.Equal(removed, taken);
                    break;
                case 6:
                    int[] keys = [.. Enumerable.Range(step.Key, Math.Min(5, KeysPerThread - step.Key)).Select(number => Tagged.Key(thread, number))];
                    _map.SetRange(keys, [.. keys.Select(each => model[each] = Tagged.Of(each, step.Seed))]);
                    break;
                case 7:
                    int[] some = [.. Enumerable.Range(0, step.Key / 3).Select(number => Tagged.Key(thread, number * 2))];
                    Assert.Equal(some.Count(model.Remove), _map.RemoveRange(some));
                    break;
                default:
                    Assert.Equal(model.ContainsKey(key), _map.ContainsKey(key));
                    break;
            }
        };
    }

    public override void CheckAnyTime()
    {
        var shown = new HashSet<int>();
        foreach ((int key, long value) in _map)
        {
            Assert.True(shown.Add(key), $"key {key} was shown twice");
            Assert.InRange(key, 0, (Threads * KeysPerThread) - 1);

            // Without batches the kernel reads an element that may become another one meanwhile.
            Assert.True(!_batches || Tagged.KeyOf(value) == key, $"key {key} has the value of {Tagged.KeyOf(value)}");
        }

        Assert.InRange(_map.Count, 0, Threads * KeysPerThread);
    }

    public override void CheckAtRest()
    {
        Assert.Equal(_models.SelectMany(model => model).OrderBy(pair => pair.Key), _map.OrderBy(pair => pair.Key));
        Assert.Equal(_models.Sum(model => model.Count), _map.Count);
        var keys = new int[Threads * KeysPerThread];
        Assert.Equal(_models.Sum(model => model.Count), _map.CopyTo(keys, new long[keys.Length]));
        _map.Clear();
        Assert.Empty(_map);
    }

    public override void Dispose() => _map.Dispose();
}

/// <summary>An LRU hash table with less room than there are keys: it may forget, but what it has is what was set last.</summary>
internal sealed class LruModel(BpfMapFlags flags) : ModelledMap
{
    private const int Capacity = Threads * KeysPerThread / 2;
    private readonly BpfHashMap<int, long> _map = BpfHashMap<int, long>.Create("model_lru", Capacity, flags, lru: true);
    private readonly Dictionary<int, long>[] _models = [.. Enumerable.Range(0, Threads).Select(_ => new Dictionary<int, long>())];

    public override Action<Step> Own(int thread)
    {
        Dictionary<int, long> model = _models[thread];
        return step =>
        {
            int key = Tagged.Key(thread, step.Key);
            long value = Tagged.Of(key, step.Seed);
            switch (step.What % 6)
            {
                case 0 or 1:
                    if (_map.TryGetValue(key, out long found))
                    {
                        Assert.Equal(model[key], found);
                    }
                    else
                    {
                        model.Remove(key); // Forgotten: it does not come back by itself.
                    }

                    break;
                case 2 or 3:
                    _map[key] = model[key] = value;
                    break;
                case 4:
                    Assert.True(_map.TryUpdate(key, value) ? model.ContainsKey(key) : !_map.ContainsKey(key));
                    if (_map.ContainsKey(key))
                    {
                        model[key] = value;
                    }

                    break;
                default:
                    Assert.True(!_map.Remove(key) || model.ContainsKey(key));
                    model.Remove(key);
                    Assert.False(_map.ContainsKey(key));
                    break;
            }
        };
    }

    public override void CheckAnyTime()
    {
        var shown = new HashSet<int>();
        foreach ((int key, long value) in _map)
        {
            Assert.True(shown.Add(key), $"key {key} was shown twice");
            Assert.Equal(key, Tagged.KeyOf(value));
        }
    }

    public override void CheckAtRest()
    {
        int count = 0;
        foreach ((int key, long value) in _map)
        {
            Assert.Equal(_models[key % Threads][key], value);
            count++;
        }

        // Lists for each CPU are rounded up.
        Assert.InRange(count, 0, Capacity + Environment.ProcessorCount);
        Assert.Equal(count, _map.Count);
    }

    public override void Dispose() => _map.Dispose();
}

/// <summary>Per-CPU hash tables beside dictionaries of arrays.</summary>
internal sealed class PerCpuHashModel : ModelledMap
{
    private readonly BpfPerCpuHashMap<int, long> _map;
    private readonly bool _batches;
    private readonly Dictionary<int, long[]>[] _models = [.. Enumerable.Range(0, Threads).Select(_ => new Dictionary<int, long[]>())];

    public PerCpuHashModel(BpfMapFlags flags, bool batches)
    {
        _batches = batches;
        _map = BpfPerCpuHashMap<int, long>.Create("model_pcpu", 4 * Threads * KeysPerThread, flags);
        _map.Map.HasBatches = batches ? null : false;
    }

    public override Action<Step> Own(int thread)
    {
        Dictionary<int, long[]> model = _models[thread];
        var buffer = new long[_map.CpuCount];
        return step =>
        {
            int key = Tagged.Key(thread, step.Key);
            long[] values = [.. Enumerable.Range(step.Seed, _map.CpuCount).Select(seed => Tagged.Of(key, seed))];
            switch (step.What % 8)
            {
                case 0:
                    Assert.Equal(model.ContainsKey(key), _map.TryGetValue(key, buffer));
                    Assert.Equal(model.GetValueOrDefault(key, buffer), buffer);
                    break;
                case 1:
                    Assert.Equal(model.TryGetValue(key, out long[]? summed), _map.TryGetSum(key, out long sum));
                    Assert.Equal(summed?.Sum() ?? 0, sum);
                    break;
                case 2:
                    _map.Set(key, values);
                    model[key] = values;
                    break;
                case 3:
                    _map.SetAll(key, values[0]);
                    model[key] = [.. Enumerable.Repeat(values[0], values.Length)];
                    break;
                case 4:
                    Assert.Equal(model.TryAdd(key, values), _map.TryAdd(key, values));
                    break;
                case 5:
                    Assert.Equal(model.Remove(key), _map.Remove(key));
                    break;
                case 6:
                    Assert.Equal(model.Remove(key, out long[]? removed), _map.TryRemove(key, buffer));
                    Assert.Equal(removed ?? buffer, buffer);
                    break;
                default:
                    Assert.Equal(model.TryGetValue(key, out long[]? all), _map.TryGetValue(key, step.Seed % values.Length, out long one));
                    Assert.Equal(all?[step.Seed % values.Length] ?? 0, one);
                    break;
            }
        };
    }

    public override void CheckAnyTime()
    {
        var shown = new HashSet<int>();
        foreach (BpfPerCpuEntry<int, long> entry in _map)
        {
            Assert.True(shown.Add(entry.Key), $"key {entry.Key} was shown twice");
            for (int cpu = 0; cpu < entry.CpuCount && _batches; cpu++)
            {
                Assert.Equal(entry.Key, Tagged.KeyOf(entry[cpu]));
            }
        }
    }

    public override void CheckAtRest()
    {
        int count = _models.Sum(model => model.Count);
        var keys = new int[count + 1];
        var values = new long[keys.Length * _map.CpuCount];
        Assert.Equal(count, _map.CopyTo(keys, values));
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(_models[keys[i] % Threads][keys[i]], values.AsSpan(i * _map.CpuCount, _map.CpuCount).ToArray());
        }

        Assert.Equal(count, _map.Count);
        Assert.Equal(count, _map.TakeTo(keys, values));
        Assert.Equal(0, _map.Count);
    }

    public override void Dispose() => _map.Dispose();
}

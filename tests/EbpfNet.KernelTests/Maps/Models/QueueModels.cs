namespace EbpfNet.KernelTests.Maps.Models;

/// <summary>
/// Queues and stacks, whose elements belong to whoever is first: all threads put in and take out. Every element comes out once, and those of one thread in the order of a queue
/// (as far as one taker sees them) or of a stack (of what is left).
/// </summary>
internal sealed class QueueModel(bool stack) : ModelledMap
{
    private const int Capacity = 40;
    private readonly BpfQueue<long>? _queue = stack ? null : BpfQueue<long>.Create("model_queue", Capacity);
    private readonly BpfStack<long>? _stack = stack ? BpfStack<long>.Create("model_stack", Capacity) : null;
    private readonly List<long>[] _put = [.. Enumerable.Range(0, Threads).Select(_ => new List<long>())];
    private readonly List<long>[] _taken = [.. Enumerable.Range(0, Threads).Select(_ => new List<long>())];

    public override Action<Step> Own(int thread)
    {
        List<long> put = _put[thread];
        List<long> taken = _taken[thread];
        int next = 0;
        return step =>
        {
            switch (step.What % 6)
            {
                case 0 or 1 or 2:
                    long value = Tagged.Of(thread, next);
                    if (_queue?.TryEnqueue(value) ?? _stack!.TryPush(value))
                    {
                        put.Add(value);
                        next++;
                    }

                    break;
                case 3:
                    if (_queue is not null ? _queue.TryDequeue(out long one) : _stack!.TryPop(out one))
                    {
                        taken.Add(one);
                    }

                    break;
                case 4:
                    var several = new long[step.Key / 4];
                    int count = _queue?.DequeueTo(several) ?? _stack!.PopTo(several);
                    taken.AddRange(several[..count]);
                    break;
                default:
                    CheckAnyTime();
                    break;
            }
        };
    }

    public override void CheckAnyTime()
    {
        if (_queue is not null ? _queue.TryPeek(out long value) : _stack!.TryPeek(out value))
        {
            Assert.InRange(Tagged.KeyOf(value), 0, Threads - 1);
        }
    }

    public override void CheckAtRest()
    {
        var rest = new long[Capacity + 1];
        int left = _queue?.DequeueTo(rest) ?? _stack!.PopTo(rest);
        Assert.InRange(left, 0, Capacity);
        Assert.Equal(_put.SelectMany(own => own).Order(), _taken.SelectMany(own => own).Concat(rest[..left]).Order());
        List<long>[] views = stack ? [[.. rest[..left].Reverse()]] : [.. _taken, [.. rest[..left]]];
        foreach (List<long> seen in views)
        {
            foreach (IGrouping<int, long> ofOne in seen.GroupBy(Tagged.KeyOf))
            {
                Assert.Equal(ofOne.Order(), ofOne);
            }
        }

        Assert.False(_queue is not null ? _queue.TryDequeue(out _) : _stack!.TryPop(out _));
    }

    public override void Dispose()
    {
        _queue?.Dispose();
        _stack?.Dispose();
    }
}

/// <summary>Bloom filters: what was added is always found.</summary>
internal sealed class BloomFilterModel : ModelledMap
{
    private readonly BpfBloomFilter<long> _map = BpfBloomFilter<long>.Create("model_bloom", Threads * KeysPerThread * 4);
    private readonly HashSet<long>[] _models = [.. Enumerable.Range(0, Threads).Select(_ => new HashSet<long>())];

    public override Action<Step> Own(int thread)
    {
        HashSet<long> model = _models[thread];
        return step =>
        {
            long value = Tagged.Of(Tagged.Key(thread, step.Key), step.Seed % 8);
            if (step.What % 2 == 0)
            {
                _map.Add(value);
                model.Add(value);
            }

            // One that was never added may be found too.
            Assert.True(_map.MayContain(value) || !model.Contains(value));
        };
    }

    public override void CheckAnyTime()
    {
        // Another thread's set may change meanwhile: only what the filter itself says.
        _map.MayContain(0);
    }

    public override void CheckAtRest()
    {
        Assert.All(_models.SelectMany(model => model), value => Assert.True(_map.MayContain(value)));
        Assert.Contains(Enumerable.Range(-1000, 1000), never => !_map.MayContain(never));
    }

    public override void Dispose() => _map.Dispose();
}

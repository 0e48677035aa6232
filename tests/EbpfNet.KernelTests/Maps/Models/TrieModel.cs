using System.Net;

namespace EbpfNet.KernelTests.Maps.Models;

/// <summary>Tries beside a search through all prefixes. A thread's own prefixes lie in a network of 16 bits that no other touches.</summary>
internal sealed class TrieModel : ModelledMap
{
    private readonly BpfLpmTrie<Ipv4LpmKey, long> _map;
    private readonly Dictionary<Ipv4LpmKey, long>[] _models = [.. Enumerable.Range(0, Threads).Select(_ => new Dictionary<Ipv4LpmKey, long>())];

    public TrieModel(bool batches)
    {
        _map = BpfLpmTrie<Ipv4LpmKey, long>.Create("model_trie", 2 * Threads * KeysPerThread);
        _map.Map.HasBatches = batches ? null : false;
    }

    public override Action<Step> Own(int thread)
    {
        Dictionary<Ipv4LpmKey, long> model = _models[thread];
        return step =>
        {
            Ipv4LpmKey key = Prefix(thread, step.Key);
            long value = Tagged.Of(thread, step.Seed);
            switch (step.What % 7)
            {
                case 0 or 1:
                    var address = new IPAddress([10, (byte)thread, (byte)(step.Seed & 0x81), (byte)(step.What & 0x87)]);
                    long? best = model.Where(pair => pair.Key.ToNetwork().Contains(address)).OrderBy(pair => pair.Key.PrefixLength).Select(pair => (long?)pair.Value).LastOrDefault();
                    Assert.Equal(best is not null, _map.TryGetValue(address, out long found));
                    Assert.Equal(best ?? 0, found);
                    break;
                case 2 or 3:
                    _map[key] = model[key] = value;
                    break;
                case 4:
                    Assert.Equal(model.TryAdd(key, value), _map.TryAdd(key, value));
                    break;
                case 5:
                    Assert.Equal(model.Remove(key), _map.Remove(key));
                    break;
                default:
                    Ipv4LpmKey[] some = [.. Enumerable.Range(0, step.Key / 3).Select(number => Prefix(thread, number * 3))];
                    Assert.Equal(some.Count(model.Remove), _map.RemoveRange(some));
                    break;
            }
        };
    }

    public override void CheckAnyTime()
    {
        var shown = new HashSet<Ipv4LpmKey>();
        foreach ((Ipv4LpmKey key, long value) in _map)
        {
            Assert.True(shown.Add(key), $"{key} was shown twice");
            Assert.Equal(Tagged.KeyOf(value), key.Address.GetAddressBytes()[1]);
        }
    }

    public override void CheckAtRest()
    {
        Assert.Equal(_models.SelectMany(model => model).OrderBy(Text), _map.OrderBy(Text));
        _map.Clear();
        Assert.Empty(_map);

        static string Text(KeyValuePair<Ipv4LpmKey, long> pair) => pair.Key.ToString();
    }

    public override void Dispose() => _map.Dispose();

    /// <summary>Few bits differ, so that prefixes cover one another.</summary>
    private static Ipv4LpmKey Prefix(int thread, int number) =>
        new(new IPAddress([10, (byte)thread, (byte)(number << 7), (byte)((number << 6) & 0x80 | (number & 7))]), 16 + number);
}

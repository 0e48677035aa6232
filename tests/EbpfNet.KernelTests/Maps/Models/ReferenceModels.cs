namespace EbpfNet.KernelTests.Maps.Models;

/// <summary>Maps of maps, and program arrays, beside dictionaries of ids.</summary>
internal abstract class ReferenceModel(uint[] ids) : ModelledMap
{
    private readonly Dictionary<int, uint>[] _models = [.. Enumerable.Range(0, Threads).Select(_ => new Dictionary<int, uint>())];

    public override Action<Step> Own(int thread)
    {
        Dictionary<int, uint> model = _models[thread];
        return step =>
        {
            int key = Tagged.Key(thread, step.Key);
            int which = step.Seed % ids.Length;
            switch (step.What % 5)
            {
                case 0 or 1:
                    Set(key, which);
                    model[key] = ids[which];
                    break;
                case 2:
                    Assert.Equal(model.Remove(key), Remove(key));
                    break;
                default:
                    Assert.Equal(model.TryGetValue(key, out uint id), TryGetId(key, out uint found));
                    Assert.Equal(id, found);
                    Assert.Equal(id, Open(key));
                    break;
            }
        };
    }

    public override void CheckAnyTime()
    {
        KeyValuePair<int, uint>[] all = [.. Enumerate()];
        Assert.Equal(all.Length, all.Select(pair => pair.Key).Distinct().Count());
        Assert.All(all, pair => Assert.Contains(pair.Value, ids));
    }

    public override void CheckAtRest() =>
        Assert.Equal(_models.SelectMany(model => model).OrderBy(pair => pair.Key), Enumerate().OrderBy(pair => pair.Key));

    protected abstract void Set(int key, int which);

    protected abstract bool Remove(int key);

    protected abstract bool TryGetId(int key, out uint id);

    /// <returns>The id of what is opened; 0 when there is nothing.</returns>
    protected abstract uint Open(int key);

    protected abstract IEnumerable<KeyValuePair<int, uint>> Enumerate();
}

internal sealed class MapOfMapsModel(BpfMap[] inner, bool array) : ReferenceModel([.. inner.Select(map => map.Id)])
{
    private readonly BpfMapOfMaps<int> _map = array
        ? BpfMapOfMaps<int>.CreateArray("model_outer", Threads * KeysPerThread, inner[0])
        : BpfMapOfMaps<int>.Create("model_outer", 2 * Threads * KeysPerThread, inner[0]);

    public override void Dispose() => _map.Dispose();

    protected override void Set(int key, int which) => _map.Set(key, inner[which]);

    protected override bool Remove(int key) => _map.Remove(key);

    protected override bool TryGetId(int key, out uint id) => _map.TryGetId(key, out id);

    protected override uint Open(int key)
    {
        bool found = _map.TryOpen(key, out BpfMap? map);
        using (map)
        {
            return found ? map!.Id : 0;
        }
    }

    protected override IEnumerable<KeyValuePair<int, uint>> Enumerate() => _map;
}

internal sealed class ProgramArrayModel(BpfProgram[] programs) : ReferenceModel([.. programs.Select(program => program.Id)])
{
    private readonly BpfProgramArray _map = BpfProgramArray.Create("model_jumps", Threads * KeysPerThread);

    public override void Dispose() => _map.Dispose();

    protected override void Set(int key, int which) => _map.Set(key, programs[which]);

    protected override bool Remove(int key) => _map.Remove(key);

    protected override bool TryGetId(int key, out uint id) => _map.TryGetId(key, out id);

    protected override uint Open(int key)
    {
        bool found = _map.TryOpen(key, out BpfProgram? program);
        using (program)
        {
            return found ? program!.Id : 0;
        }
    }

    protected override IEnumerable<KeyValuePair<int, uint>> Enumerate() => _map;
}

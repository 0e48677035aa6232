using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Maps that hold maps, and arrays that hold programs.</summary>
public sealed class ReferenceTests : KernelTest
{
    private static readonly Config FewRuns = Config.QuickThrowOnFailure.WithMaxTest(5).WithEndSize(12); // The kernel waits for all CPUs after each change.

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_map_of_maps_does_what_a_dictionary_does(bool array)
    {
        using var one = BpfArray<long>.Create("inner_one", 2);
        using var other = BpfArray<long>.Create("inner_other", 2);
        using BpfMapOfMaps<int> outer = array ? BpfMapOfMaps<int>.CreateArray("model_outer", 4, one.Map) : BpfMapOfMaps<int>.Create("model_outer", 4, one.Map);
        BpfMap[] inner = [one.Map, other.Map];
        var model = new Dictionary<int, uint>();
        Check.One(FewRuns, Prop.ForAll(Gen.Choose(0, 3).Zip(Gen.Choose(0, 7)).ArrayOf().ToArbitrary(), operations =>
        {
            foreach ((int key, int what) in operations)
            {
                if (what < 2)
                {
                    outer.Set(key, inner[what]);
                    model[key] = inner[what].Id;
                }
                else if (what < 4 && !array)
                {
                    Assert.Equal(model.TryAdd(key, inner[what - 2].Id), outer.TryAdd(key, inner[what - 2]));
                }
                else if (what < 6 && !array)
                {
                    Assert.Equal(model.ContainsKey(key), outer.TryUpdate(key, inner[what - 4]));
                    if (model.ContainsKey(key))
                    {
                        model[key] = inner[what - 4].Id;
                    }
                }
                else if (what == 7)
                {
                    outer.Clear();
                    model.Clear();
                }
                else
                {
                    Assert.Equal(model.Remove(key), outer.Remove(key));
                }

                Assert.Equal(model.ContainsKey(key), outer.ContainsKey(key));
                Assert.Equal(model.ContainsKey(key), outer.TryGetId(key, out uint id));
                Assert.Equal(model.GetValueOrDefault(key), id);
            }

            Assert.Equal(model.OrderBy(pair => pair.Key), outer.OrderBy(pair => pair.Key));
            Assert.Equal(model.Count, outer.Count);
        }));
    }

    [SkippableFact]
    public void An_array_of_maps_says_that_it_can_only_replace()
    {
        using var inner = BpfArray<long>.Create("inner", 2);
        using var outer = BpfMapOfMaps<int>.CreateArray("outer", 4, inner.Map);

        Assert.Contains("Use Set", Assert.Throws<NotSupportedException>(() => outer.TryAdd(0, inner.Map)).Message, StringComparison.Ordinal);
        Assert.Contains("Use Set", Assert.Throws<NotSupportedException>(() => outer.TryUpdate(0, inner.Map)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_program_array_does_what_an_array_does()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("references"));
        using var array = BpfProgramArray.Create("model_jumps", 4);
        BpfProgram[] programs = [loaded.Programs["ten"], loaded.Programs["twenty"]];
        var model = new Dictionary<int, uint>();
        Check.One(FewRuns, Prop.ForAll(Gen.Choose(0, 3).Zip(Gen.Choose(0, 4)).ArrayOf().ToArbitrary(), operations =>
        {
            foreach ((int index, int what) in operations)
            {
                if (what < 2)
                {
                    array.Set(index, programs[what]);
                    model[index] = programs[what].Id;
                }
                else if (what == 4)
                {
                    array.Clear();
                    model.Clear();
                }
                else
                {
                    Assert.Equal(model.Remove(index), array.Remove(index));
                }

                Assert.Equal(model.ContainsKey(index), array.TryGetId(index, out uint id));
                Assert.Equal(model.GetValueOrDefault(index), id);
            }

            Assert.Equal(model.OrderBy(pair => pair.Key), array);
            Assert.Equal(model.Count, array.Count);
        }));
    }

    [SkippableFact]
    public void A_map_inside_is_opened_and_lives_though_its_owner_closed_it()
    {
        using var first = BpfHashMap<uint, ulong>.Create("first", 3);
        using var outer = BpfMapOfMaps<uint>.Create("outer", 2, first.Map);
        using (var second = BpfHashMap<uint, ulong>.Create("second", 3))
        {
            second[1] = 11;
            outer.Set(5, second.Map);
        }

        Assert.True(outer.TryOpen(5, out BpfMap? inner));
        using (inner)
        {
            Assert.Equal("second", inner.Name);
            Assert.Equal(11ul, new BpfHashMap<uint, ulong>(inner)[1]);
        }

        Assert.False(outer.TryOpen(6, out inner));
        Assert.Null(inner);
    }

    [SkippableFact]
    public void What_does_not_suit_is_refused_with_what_it_has_to_be()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("references"));
        using var inner = BpfHashMap<uint, ulong>.Create("inner", 3);
        using var wider = BpfHashMap<uint, Twelve>.Create("wider", 3);
        using var outer = BpfMapOfMaps<uint>.Create("outer", 1, inner.Map);
        using var array = BpfMapOfMaps<uint>.CreateArray("outer_array", 2, inner.Map);
        BpfProgramArray jumps = loaded.GetProgramArray("jumps");

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => outer.Set(1, wider.Map));
        Assert.Contains("put map 'wider' into map 'outer'", e.Message, StringComparison.Ordinal);
        Assert.Contains("like the one that it was created with", e.Message, StringComparison.Ordinal);
        Assert.Contains("0 to 1", Assert.Throws<BpfSyscallException>(() => array.Set(2, inner.Map)).Message, StringComparison.Ordinal);
        outer.Set(1, inner.Map);
        Assert.Contains("is full (1 entries)", Assert.Throws<BpfSyscallException>(() => outer.Set(2, inner.Map)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("index", () => jumps.Set(4, loaded.Programs["ten"]));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => jumps.Remove(-1));
        Assert.Throws<ArgumentException>("map", () => new BpfMapOfMaps<uint>(inner.Map));
        Assert.Contains("use BpfMapOfMaps<TKey>", Assert.Throws<ArgumentException>("map", () => new BpfProgramArray(outer.Map)).Message, StringComparison.Ordinal);

        using BpfObject filters = BpfObject.Load(TestObjects.Read("socket_filter"));
        BpfSyscallException kind = Assert.Throws<BpfSyscallException>(() => jumps.Set(0, filters.Programs.First()));
        Assert.Equal(BpfErrno.EINVAL, kind.Error);
        Assert.Contains("All programs of a program array", kind.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_program_counts_everything_while_the_map_that_it_counts_in_is_switched()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("references"));
        BpfMapOfMaps<uint> counters = loaded.GetMapOfMaps<uint>("counters");
        BpfProgram count = loaded.Programs["count"];
        Assert.Equal(0u, Run(count));
        using var one = BpfArray<ulong>.Create("one", 1);
        using var other = BpfArray<ulong>.Create("other", 1);
        counters.Set(7, one.Map);
        ulong runs = 0;

        Task switching = Task.Run(() =>
        {
            for (int i = 0; i < 9; i++)
            {
                counters.Set(7, i % 2 == 0 ? other.Map : one.Map);
            }
        });
        do
        {
            Assert.Equal(1u, count.TestRun(new BpfTestRun(new byte[64]) { Repeat = 100 }).ReturnValue);
            runs += 100;
        }
        while (!switching.IsCompleted);

        Assert.True(switching.IsCompletedSuccessfully);
        Assert.Equal(1u, Run(count));
        Assert.Equal(runs + 1, one[0] + other[0]);
        Assert.NotEqual(0ul, other[0]);
        Assert.Equal([KeyValuePair.Create(7u, other.Map.Id)], counters);
        Assert.True(counters.Remove(7));
        Assert.Equal(0u, Run(count));
    }

    [SkippableFact]
    public void A_program_jumps_to_what_is_in_the_array_and_no_further_when_it_was_closed()
    {
        BpfProgram still;
        using (BpfObject loaded = BpfObject.Load(TestObjects.Read("references")))
        {
            BpfProgramArray jumps = loaded.GetProgramArray("jumps");
            BpfProgram jump = loaded.Programs["jump"];
            Assert.Equal(4, jumps.Length);
            Assert.Equal(1u, Run(jump));
            jumps.Set(2, loaded.Programs["ten"]);
            Assert.Equal(10u, Run(jump));
            jumps.Set(2, loaded.Programs["twenty"]);
            Assert.Equal(20u, Run(jump));
            Assert.True(jumps.TryOpen(2, out BpfProgram? inside));
            using (inside)
            {
                Assert.Equal("twenty", inside.Name);
            }

            Assert.True(jumps.Remove(2));
            Assert.False(jumps.TryOpen(2, out _));
            Assert.Equal(1u, Run(jump));
            jumps.Set(2, loaded.Programs["ten"]);
            still = BpfProgram.OpenById(jump.Id);
        }

        using (still)
        {
            // The kernel empties the array from a work queue.
            Assert.True(SpinWait.SpinUntil(() => Run(still) == 1, TimeSpan.FromSeconds(20)));
        }
    }

    private static uint Run(BpfProgram program) => program.TestRun(new BpfTestRun(new byte[64])).ReturnValue;
}

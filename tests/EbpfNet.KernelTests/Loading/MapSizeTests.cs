using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Loading;

/// <summary>What a definition leaves open, or says in a way that no kernel takes, is completed when the map is created.</summary>
public sealed class MapSizeTests : KernelTest
{
    [SkippableFact]
    public void Rings_are_rounded_up_to_pages_and_powers_of_two_inner_ones_too()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("map_sizes"));
        uint page = (uint)Environment.SystemPageSize;
        Assert.Equal(page, loaded.Maps["small_ring"].MaxEntries);
        Assert.Equal(Math.Max(page, 8192), loaded.Maps["odd_ring"].MaxEntries);
        Assert.Equal(Math.Max(page, 16384), loaded.Maps["odd_user_ring"].MaxEntries);

        // The kernel takes only maps like the inner one that the outer was made with.
        BpfMapOfMaps<uint> rings = loaded.GetMapOfMaps<uint>("rings");
        Assert.Equal((true, loaded.Maps["odd_ring"].Id), (rings.TryGetId(1, out uint id), id));
        rings.Set(0, loaded.Maps["odd_ring"]);
    }

    [SkippableFact]
    public void A_ring_of_no_size_is_refused()
    {
        BpfObjectSpec spec = TestObjects.Read("map_sizes");
        spec.Maps["small_ring"].MaxEntries = 0;
        BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => BpfObject.Load(spec));
        Assert.Equal((BpfErrno.EINVAL, true), (refused.Error, refused.Message.Contains("max_entries is 0", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public void Perf_event_arrays_have_an_entry_for_each_CPU_that_the_machine_may_have()
    {
        BpfObjectSpec spec = TestObjects.Read("map_sizes");
        Assert.Equal((0u, 4), (spec.Maps["events"].MaxEntries, spec.Maps["events"].ValueSize));
        spec.Maps["events"].KeySize = spec.Maps["events"].ValueSize = 0; // As definitions without these say.
        using BpfObject loaded = BpfObject.Load(spec);
        Assert.Equal((4, 4, (uint)PossibleCpus.Count), (loaded.Maps["events"].KeySize, loaded.Maps["events"].ValueSize, loaded.Maps["events"].MaxEntries));
        Assert.Equal((uint)PossibleCpus.Count, loaded.Maps["many_events"].MaxEntries);
        loaded.GetMapOfMaps<uint>("events_by_key").Set(1, loaded.Maps["events"]);
    }

    [SkippableFact]
    public void Nodes_values_of_each_CPU_and_further_numbers_are_as_defined()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("map_sizes"));
        Assert.Equal(BpfMapFlags.NumaNode, loaded.Maps["on_node"].Flags & BpfMapFlags.NumaNode);
        Assert.Equal((5, 3u), (loaded.Maps["odd_per_cpu"].ValueSize, loaded.Maps["odd_per_cpu"].MaxEntries));
        Assert.Equal(3, loaded.GetBloomFilter<uint>("bloom").HashCount);
    }

    [SkippableFact]
    public void A_weak_map_is_a_map_like_others()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("map_sizes"));
        loaded.GetArray<uint>("weak_map")[0] = 5;
        Assert.Equal(6u, loaded.Programs["use"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
    }

    [SkippableFact]
    public void Programs_load_that_get_to_maps_that_were_not_created_only_when_they_are_told_to()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("map_sizes", "guarded");
        spec.Maps["rings"].AutoCreate = spec.Maps["on_node"].AutoCreate = false;
        using (BpfObject loaded = BpfObject.Load(spec))
        {
            Assert.Equal(2u, loaded.Programs["guarded"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
        }

        spec.Variables["wanted"].SetValue(true);
        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(spec));
        Assert.Contains("'rings'", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_map_or_program_that_a_map_holds_from_the_start_has_to_be_made()
    {
        BpfObjectSpec spec = TestObjects.Read("map_sizes");
        spec.Maps["odd_ring"].AutoCreate = false;
        Assert.Contains("index 1", Assert.Throws<BpfRelocationException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
        spec.Maps["rings"].AutoCreate = false; // Then nobody asks for it.
        BpfObject.Load(spec).Dispose();

        BpfObjectSpec jumps = TestObjects.ReadOnly("map_values", "jump");
        jumps.Maps["pinned"].AutoCreate = jumps.Maps["extra"].AutoCreate = false;
        Assert.Contains("'tail_call'", Assert.Throws<BpfRelocationException>(() => BpfObject.Load(jumps)).Message, StringComparison.Ordinal);
        jumps.Programs["tail_call"].AutoLoad = true;
        using BpfObject loaded = BpfObject.Load(jumps);
        Assert.Equal(42u, loaded.Programs["jump"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
    }
}

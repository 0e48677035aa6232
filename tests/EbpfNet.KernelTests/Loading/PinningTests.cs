using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Loading;

public sealed class PinningTests : KernelTest
{
    [SkippableFact]
    public void A_map_that_is_pinned_by_name_is_shared_by_later_loads_and_outlives_them()
    {
        using var pins = new BpfFileSystem();
        var options = new BpfLoadOptions { PinDirectory = pins["shared/folder"] };
        uint id;
        using (BpfObject first = BpfObject.Load(Pinned(), options))
        {
            id = first.Maps["hash_map"].Id;
            using BpfObject second = BpfObject.Load(Pinned(), options);
            Assert.Equal(id, second.Maps["hash_map"].Id);
            Assert.NotEqual(first.Maps["array_map"].Id, second.Maps["array_map"].Id);
        }

        Assert.Equal(["shared", "shared/folder", "shared/folder/hash_map"], pins.Entries);
        using BpfObject third = BpfObject.Load(Pinned(), options);
        Assert.Equal(id, third.Maps["hash_map"].Id);
    }

    [SkippableFact]
    public void A_pin_path_goes_before_the_folder()
    {
        using var pins = new BpfFileSystem();
        BpfObjectSpec spec = Pinned();
        spec.Maps["hash_map"].PinPath = pins["elsewhere"];
        spec.Maps["array_map"].PinPath = pins["array"];

        using BpfObject loaded = BpfObject.Load(spec, new BpfLoadOptions { PinDirectory = pins["folder"] });

        Assert.Equal(["array", "elsewhere"], pins.Entries);
    }

    [SkippableFact]
    public void Global_data_that_is_shared_keeps_its_values()
    {
        using var pins = new BpfFileSystem();
        BpfObjectSpec spec = TestObjects.Read("globals");
        spec.Maps[".data"].Pinning = BpfMapPinning.ByName;
        spec.Maps[".rodata"].Pinning = BpfMapPinning.ByName;
        var options = new BpfLoadOptions { PinDirectory = pins.Folder };
        using BpfObject first = BpfObject.Load(spec, options);
        first.Programs["copy_data_to_bss"].TestRun(new BpfTestRun(new byte[64]));

        using BpfObject second = BpfObject.Load(spec, options);
        second.Programs["copy_data_to_bss"].TestRun(new BpfTestRun(new byte[64]));

        Assert.Equal(["_data", "_rodata"], pins.Entries);
        Assert.Equal(6ul, MapValues.Read<ulong>(second, spec.Variables["data_u64"]));
        Assert.Equal(1ul, MapValues.Read<ulong>(second, spec.Variables["bss_runs"]));
    }

    [SkippableFact]
    public void A_pinned_map_that_differs_is_refused_naming_every_difference()
    {
        using var pins = new BpfFileSystem();
        var options = new BpfLoadOptions { PinDirectory = pins.Folder };
        BpfObject.Load(Pinned(), options).Dispose();
        BpfObjectSpec other = Pinned();
        other.Maps["hash_map"].MaxEntries = 5;
        other.Maps["hash_map"].ValueSize = 32;
        other.Maps["hash_map"].Flags = BpfMapFlags.NoPrealloc;

        BpfNotSupportedException refused = Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(other, options));

        Assert.Contains(pins["hash_map"], refused.Message, StringComparison.Ordinal);
        Assert.Contains("its value size is 16 instead of 32", refused.Message, StringComparison.Ordinal);
        Assert.Contains("its max_entries is 1024 instead of 5", refused.Message, StringComparison.Ordinal);
        Assert.Contains("its flags is None instead of NoPrealloc", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("key size", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["hash_map"], pins.Entries);
    }

    [SkippableTheory]
    [InlineData("redirects", "devices")]
    [InlineData("redirects", "devices_by_key")]
    [InlineData("map_sizes", "events")]
    [InlineData("map_sizes", "many_events")]
    [InlineData("map_sizes", "rings")]
    [InlineData("struct_ops", "with_link")]
    public void What_the_kernel_and_the_loader_add_to_a_definition_is_no_difference(string name, string map)
    {
        using var pins = new BpfFileSystem();
        BpfObjectSpec spec = TestObjects.Read(name);
        if (spec.Maps[map].StructOps is not null)
        {
            StructOpsKernel.Require();
        }

        spec.Maps[map].PinPath = pins[map];
        using BpfObject first = BpfObject.Load(spec);
        using BpfObject second = BpfObject.Load(spec);
        Assert.Equal(first.Maps[map].Id, second.Maps[map].Id);
    }

    [SkippableFact]
    public void An_array_of_perf_events_may_have_more_entries_than_there_are_CPUs()
    {
        // As other loaders create it, for one.
        using var pins = new BpfFileSystem();
        BpfObjectSpec spec = TestObjects.ReadOnly("map_sizes");
        using (var larger = BpfPerfEventArray.Create("events", 4096))
        {
            larger.Map.Pin(pins["events"]);
        }

        spec.Maps["events"].PinPath = pins["events"];
        using BpfObject loaded = BpfObject.Load(spec);
        Assert.Equal(4096u, loaded.Maps["events"].MaxEntries);
    }

    [SkippableFact]
    public void A_ring_is_compared_as_rounded()
    {
        using var pins = new BpfFileSystem();
        var options = new BpfLoadOptions { PinDirectory = pins.Folder };
        BpfObjectSpec spec = TestObjects.ReadOnly("maps_basic");
        BpfMapSpec map = spec.Maps["untyped_map"];
        (map.Type, map.KeySize, map.ValueSize, map.MaxEntries, map.Pinning) = (BpfMapType.RingBuf, 0, 0, 5000, BpfMapPinning.ByName);

        using BpfObject first = BpfObject.Load(spec, options);
        using BpfObject second = BpfObject.Load(spec, options);

        Assert.Equal(8192u, first.Maps["untyped_map"].MaxEntries);
        Assert.Equal(first.Maps["untyped_map"].Id, second.Maps["untyped_map"].Id);
    }

    [SkippableFact]
    public void A_pin_of_another_kind_is_refused()
    {
        using var pins = new BpfFileSystem();
        using (BpfObject loaded = BpfObject.Load(TestObjects.Read("xdp_verdicts")))
        {
            loaded.Programs["verdict_pass"].Pin(pins["hash_map"]);
        }

        BpfNotSupportedException refused = Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(Pinned(), new BpfLoadOptions { PinDirectory = pins.Folder }));

        Assert.Contains("BPF program", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_symbolic_link_to_nowhere_in_the_place_of_a_pin_is_refused_as_taken()
    {
        using var pins = new BpfFileSystem();
        File.CreateSymbolicLink(pins["hash_map"], pins["nowhere"]);

        BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => BpfObject.Load(Pinned(), new BpfLoadOptions { PinDirectory = pins.Folder }));

        Assert.Equal(("BPF_OBJ_PIN", BpfErrno.EEXIST), (refused.Call, refused.Error));
        Assert.Contains("Something is there already", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["hash_map"], pins.Entries);
    }

    [SkippableFact]
    public void What_is_wrong_with_a_pins_path_is_said()
    {
        using var pins = new BpfFileSystem();
        using var map = BpfArray<int>.Create("pinned", 1);

        Assert.EndsWith("The BPF file system takes no '.' in names.", Assert.Throws<BpfSyscallException>(() => map.Map.Pin(pins["a.b"])).Message, StringComparison.Ordinal);
        Assert.EndsWith("('mount -t bpf bpf /sys/fs/bpf')?", Assert.Throws<BpfSyscallException>(() => map.Map.Pin("/tmp/no_bpf_file_system")).Message, StringComparison.Ordinal);
        Assert.Contains("no pinned BPF object", Assert.Throws<BpfSyscallException>(() => BpfMap.OpenPinned(pins.Folder)).Message, StringComparison.Ordinal);
        Assert.Contains("Nothing is pinned there", Assert.Throws<BpfSyscallException>(() => BpfMap.OpenPinned(pins["nothing"])).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_failed_load_removes_its_pins_and_folders_and_no_others()
    {
        using var pins = new BpfFileSystem();
        Directory.CreateDirectory(pins["there"]);
        BpfObjectSpec spec = TestObjects.Read("rejected");
        spec.Maps["table"].Pinning = BpfMapPinning.ByName;

        Assert.Throws<BpfVerifierException>(() => BpfObject.Load(spec, new BpfLoadOptions { PinDirectory = pins["there/new/folder"] }));

        Assert.Equal(["there"], pins.Entries);
    }

    [SkippableFact]
    public void A_folder_that_is_no_BPF_file_system_is_refused_and_left_as_it_was()
    {
        string folder = Directory.CreateTempSubdirectory("ebpfnet-nopins-").FullName;
        try
        {
            BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => BpfObject.Load(Pinned(), new BpfLoadOptions { PinDirectory = Path.Combine(folder, "sub") }));

            Assert.Equal("BPF_OBJ_PIN", refused.Call);
            Assert.Contains("mount -t bpf", refused.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [SkippableFact]
    public void Loads_at_the_same_time_share_one_map()
    {
        using var pins = new BpfFileSystem();
        var options = new BpfLoadOptions { PinDirectory = pins["race"] };
        for (int round = 0; round < 10; round++)
        {
            BpfObject[] loaded = new BpfObject[6];
            BpfObjectSpec spec = Pinned();
            Parallel.For(0, loaded.Length, i => loaded[i] = BpfObject.Load(spec, options));

            Assert.Single(loaded.Select(one => one.Maps["hash_map"].Id).Distinct());
            Array.ForEach(loaded, one => one.Dispose());
            File.Delete(pins["race/hash_map"]);
        }
    }

    /// <summary>Maps only: what is shared is what matters.</summary>
    private static BpfObjectSpec Pinned()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("maps_basic");
        spec.Maps["hash_map"].Pinning = BpfMapPinning.ByName;
        return spec;
    }
}

using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet.KernelTests.Loading;

public sealed class ObjectLoadTests : KernelTest
{
    private static readonly byte[] Packet = new byte[64];

    public static TheoryData<string> GoodObjects => [.. AllGood()];

    public static TheoryData<string> ObjectsWithTypes => [.. ((IEnumerable<string>)["externs", "http_metrics", "jump_tables", "kernel_config_errors", "kernel_symbols_errors", "map_values", "rejected", "tcp_rtt", "unknown_section", .. AllGood()]).Where(name => name != "without_btf" && !name.StartsWith("legacy", StringComparison.Ordinal))];

    [SkippableTheory]
    [MemberData(nameof(GoodObjects))]
    public void Load_takes_every_object_that_is_right(string name)
    {
        BpfObjectSpec spec = TestObjects.Read(name);

        using BpfObject loaded = BpfObject.Load(spec);

        Assert.Equal(name.Split('.')[0], loaded.Name);
        Assert.Equal(spec.Maps.Where(map => map.AutoCreate).Select(map => map.Name), loaded.Maps.Names);
        Assert.Equal(spec.Programs.Where(program => program.AutoLoad).Select(program => program.Name), loaded.Programs.Names);
        Assert.All(loaded.Maps, map => Assert.NotEqual(0u, map.Id));
        Assert.All(loaded.Programs, program => Assert.NotEqual(0u, program.Id));
    }

    [SkippableTheory]
    [InlineData("subprograms", "no_calls", 42)]
    [InlineData("subprograms", "one_call", 42)]
    [InlineData("subprograms", "calls_shared_twice", 52)]
    [InlineData("subprograms", "mixes_static_and_global", 39)]
    [InlineData("subprograms", "from_another_section", 42)]
    [InlineData("subprograms", "deep_chain", 8)]
    [InlineData("callbacks", "loop", 45)]
    [InlineData("callbacks", "loop_with_subprogram", 14)]
    [InlineData("callbacks", "nested_loop", 15)]
    [InlineData("callbacks", "several_loops", 62)]
    [InlineData("callbacks", "for_each_element", 400)]
    [InlineData("symbols", "symbols", 15)]
    [InlineData("symbols", "local_statics", 6)]
    [InlineData("without_btf", "without_btf", 42)]
    public void Functions_and_callbacks_are_linked_so_that_programs_return_what_they_should(string name, string program, uint expected)
    {
        using BpfObject all = BpfObject.Load(TestObjects.Read(name));
        using BpfObject alone = BpfObject.Load(TestObjects.ReadOnly(name, program));

        Assert.Equal(expected, all.Programs[program].TestRun(new BpfTestRun(Packet)).ReturnValue);
        Assert.Equal(expected, Assert.Single(alone.Programs).TestRun(new BpfTestRun(Packet)).ReturnValue);
    }

    [SkippableFact]
    public void A_syscall_program_gets_its_context_and_changes_it()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("syscall"));
        ulong[] context = [40, 2, 0, 0];
        Span<byte> bytes = MemoryMarshal.AsBytes(context.AsSpan());

        BpfTestRunResult result = loaded.Programs["add"].TestRun(new BpfTestRun { Context = bytes, ContextOutput = bytes });

        Assert.Equal(7u, result.ReturnValue);
        Assert.Equal(42u, context[2]);
        Assert.Equal((uint)Environment.ProcessId, (uint)context[3]);
    }

    [SkippableFact]
    public void Programs_that_are_not_to_be_loaded_are_not_and_the_others_are()
    {
        BpfObjectSpec spec = TestObjects.Read("optional_sections");

        using (BpfObject loaded = BpfObject.Load(spec))
        {
            Assert.Equal("always", Assert.Single(loaded.Programs).Name);
            KeyNotFoundException missing = Assert.Throws<KeyNotFoundException>(() => loaded.Programs["on_request"]);
            Assert.Contains("AutoLoad", missing.Message, StringComparison.Ordinal);
        }

        spec.Programs["on_request"].AutoLoad = true;
        using BpfObject asked = BpfObject.Load(spec);
        Assert.Equal((uint)XdpAction.Drop, asked.Programs["on_request"].TestRun(new BpfTestRun(Packet)).ReturnValue);
    }

    [SkippableFact]
    public void A_program_of_an_unknown_section_is_refused_by_name_until_its_type_is_set()
    {
        BpfObjectSpec spec = TestObjects.Read("unknown_section");

        BpfNotSupportedException refused = Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(spec));
        Assert.Contains("my_company/filter", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Programs[\"unknown\"].Type", refused.Message, StringComparison.Ordinal);

        spec.Programs["unknown"].Type = BpfProgramType.SocketFilter;
        spec.Programs["almost"].AutoLoad = false;
        using BpfObject loaded = BpfObject.Load(spec);
        Assert.Equal(7u, loaded.Programs["unknown"].TestRun(new BpfTestRun(Packet)).ReturnValue);
        Assert.Equal(BpfProgramType.SocketFilter, loaded.Programs["unknown"].Type);
    }

    [SkippableTheory]
    [InlineData("offset_of_field", "CO-RE")]
    [InlineData("at_function", "fentry/tcp_close")]
    public void A_program_that_needs_the_kernels_types_is_refused_where_there_are_none(string program, string reason)
    {
        using var without = KernelProbes.KernelTypes.Override(false);

        BpfNotSupportedException refused = Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(TestObjects.ReadOnly("kernel_types", program)));

        Assert.Contains(program, refused.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Contains("CONFIG_DEBUG_INFO_BTF", refused.Message, StringComparison.Ordinal);
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("kernel_types", "needs_nothing"));
    }

    [SkippableTheory]
    [InlineData("uses_functions", "kernel_function", "uses_functions")]
    [InlineData("uses_variables", "typed_variable", "uses_variables")]
    [InlineData("uses_forgotten", "forgotten", "uses_forgotten")]
    [InlineData("uses_forgotten_indirectly", "forgotten", "calls_forgotten")]
    [InlineData("uses_constant", "MY_CONST", "uses_constant")]
    public void What_a_program_needs_from_outside_is_named_and_is_no_matter_to_the_others(string program, string symbol, string function)
    {
        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(() => BpfObject.Load(TestObjects.ReadOnly("externs", program)));
        Assert.Equal((symbol, function), (refused.Symbol, refused.Program));

        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("externs", "uses_nothing"));
        Assert.Equal("uses_nothing", Assert.Single(loaded.Programs).Name);
    }

    [SkippableTheory]
    [MemberData(nameof(ObjectsWithTypes))]
    public void The_kernel_takes_the_types_of_every_object(string name)
    {
        using LoadedBtf loaded = BtfLoader.Load(ObjectBtf.Encode(TestObjects.Read(name)), name, KernelLog.DefaultLimit);

        Assert.Null(loaded.Refusal);
        Assert.NotNull(loaded.Handle);
    }

    [SkippableFact]
    public void Maps_hold_from_the_start_what_the_source_puts_into_them()
    {
        using var pins = new BpfFileSystem();
        BpfObjectSpec spec = TestObjects.Read("map_values");
        spec.Maps["pinned"].NumaNode = 0;
        spec.Maps["extra"].Extra = 0; // Means nothing for an array, and the kernel says so.

        using BpfObject loaded = BpfObject.Load(spec, new BpfLoadOptions { PinDirectory = pins.Folder });

        Assert.Equal(["pinned"], pins.Entries);
        Assert.Equal(42u, loaded.Programs["jump"].TestRun(new BpfTestRun(Packet)).ReturnValue);
        Assert.Equal([loaded.Maps["inner_first"].Id, 0, loaded.Maps["inner_second"].Id, 0], Enumerable.Range(0, 4).Select(i => MapValues.ReadId(loaded.Maps["outer"], (uint)i)));
    }

    [SkippableFact]
    public void An_object_of_the_other_byte_order_is_refused_naming_both()
    {
        BpfNotSupportedException refused = Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(TestObjects.PathOf("endian_big")));

        Assert.Contains("big-endian object 'endian_big'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("little-endian", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Names_beyond_the_kernels_limit_stay_whole_for_users()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("long_names"));

        Assert.Equal(1u, loaded.Maps["a_map_with_a_very_long_name_indeed_1"].MaxEntries);
        Assert.Equal(2u, loaded.Maps["a_map_with_a_very_long_name_indeed_2"].MaxEntries);
        Assert.Equal(6u, loaded.Programs["a_program_with_a_very_long_name_1"].TestRun(new BpfTestRun(Packet)).ReturnValue);
        Assert.Equal("a_program_with_a_very_long_name_1", NameByTypes(loaded.Programs["a_program_with_a_very_long_name_1"].Id));
    }

    [SkippableFact]
    public void Asking_for_what_is_not_there_suggests_the_nearest_name()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("maps_basic"));

        KeyNotFoundException missing = Assert.Throws<KeyNotFoundException>(() => loaded.Maps["hash_mapp"]);
        Assert.Contains("Did you mean 'hash_map'?", missing.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Disposing_closes_everything_once_and_later_use_is_an_error()
    {
        BpfObject loaded = BpfObject.Load(TestObjects.Read("xdp_verdicts"));
        BpfProgram program = loaded.Programs["verdict_pass"];
        uint id = program.Id;

        loaded.Dispose();
        loaded.Dispose();

        Assert.Throws<ObjectDisposedException>(() => loaded.Programs);
        Assert.Throws<ObjectDisposedException>(() => loaded.Maps);
        Assert.Throws<ObjectDisposedException>(() => program.TestRun(new BpfTestRun(Packet)));
        Assert.DoesNotContain(id, WaitForFree(id));
    }

    [SkippableFact]
    public void A_program_roots_the_object_that_it_came_from()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("xdp_verdicts"));

        Assert.All(loaded.Programs, program => Assert.Same(loaded, program.Owner));
    }

    [SkippableFact]
    public void One_spec_loads_many_times_and_from_many_threads_and_stays_as_it_was()
    {
        BpfObjectSpec spec = TestObjects.Read("globals");
        spec.Variables["ro_u32"].SetValue(77u);
        byte[] before = [.. spec.Maps.SelectMany(map => map.InitialValue.ToArray())];

        BpfObject[] loaded = new BpfObject[8];
        Parallel.For(0, loaded.Length, i => loaded[i] = BpfObject.Load(spec));

        Assert.Equal(loaded.Length, loaded.Select(one => one.Programs["return_ro_u32"].Id).Distinct().Count());
        Assert.All(loaded, one => Assert.Equal(77u, one.Programs["return_ro_u32"].TestRun(new BpfTestRun(Packet)).ReturnValue));
        Array.ForEach(loaded, one => one.Dispose());
        Assert.Equal(before, spec.Maps.SelectMany(map => map.InitialValue.ToArray()));
    }

    private static IEnumerable<string> AllGood() =>
        Directory.GetFiles(TestObjects.Folder, "*.bpf.o").Select(path => Path.GetFileName(path)[..^".bpf.o".Length]).Where(IsGood).Order(StringComparer.Ordinal);

    private static bool IsGood(string name) => name is not (
        "endian_big" // another byte order
        or "exceptions_wrong" or "rejected_kfuncs" or "rejected_more" // are wrong on purpose
        or "rejected" or "licence_mit" or "licence_none" // the verifier's to refuse
        or "without_btf_map" or "legacy_maps_static" or "legacy_maps_unknown" // cannot be parsed
        or "externs" or "kernel_config_errors" or "kernel_symbols" or "kernel_symbols_errors" or "kernel_types" or "core_kernel" or "core_many" // need what only kernels have
        or "core_fields" or "core_types" or "core_errors" // are for a kernel that is not
        or "jump_tables" // is for kernels from 6.19 on
        or "lirc" // is for kernels with infrared receivers
        or "tcp_rtt" or "http_metrics" // have alternatives, of which a kernel may know one only
        or "map_values" // names a NUMA node, and is pinned
        or "iproute2_maps" // is pinned
        or "linked_one" // wants the other half
        or "unknown_section"); // has to be told what it is

    private static string NameByTypes(uint id)
    {
        using BpfProgram program = BpfProgram.OpenById(id);
        return program.Name;
    }

    /// <summary>The kernel frees a program a moment after its last user went.</summary>
    private static IReadOnlyList<uint> WaitForFree(uint id)
    {
        IReadOnlyList<uint> ids = BpfProgram.GetIds();
        for (int i = 0; i < 2000 && ids.Contains(id); i++)
        {
            Thread.Sleep(10);
            ids = BpfProgram.GetIds();
        }

        return ids;
    }
}

using System.Runtime.InteropServices;
using System.Text;
using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Programs that are adapted to the running kernel's types, and read the right things.</summary>
public class CoreRelocationTests : KernelTest
{
    /// <summary><c>struct answer</c> of core_kernel.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Answer
    {
        public ulong Pid;
        public ulong Tgid;
        public ulong Leader;
        public fixed byte Comm[16];
        public ulong HashType;
        public ulong SizeOfPid;
        public ulong HasPid;
        public ulong HasMissing;
        public ulong HasAbsent;
        public ulong HasEnumerator;
    }

    [SkippableFact]
    public unsafe void A_program_reads_the_current_task_where_this_kernel_has_its_fields()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("core_kernel", "ask"));
        Answer answer = Ask(loaded);

        Assert.Equal((ulong)Environment.ProcessId, answer.Tgid);
        Assert.Equal((ulong)Environment.ProcessId, answer.Leader);
        Assert.Contains(answer.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture), Directory.GetDirectories("/proc/self/task").Select(Path.GetFileName));
        ReadOnlySpan<byte> comm = new(answer.Comm, 16);
        Assert.Equal(
            File.ReadAllText($"/proc/self/task/{answer.Pid}/comm").TrimEnd('\n'),
            Encoding.UTF8.GetString(comm[..comm.IndexOf((byte)0)]));
        Assert.Equal((ulong)BpfMapType.Hash, answer.HashType);
        Assert.Equal((4UL, 1UL), (answer.SizeOfPid, answer.HasPid));
        Assert.Equal((0UL, 0UL, 0UL), (answer.HasMissing, answer.HasAbsent, answer.HasEnumerator));
    }

    [SkippableTheory]
    [InlineData("ask_unguarded", "struct task_struct::ebpfnet_missing", "struct task_struct (", "has no 'ebpfnet_missing'")]
    [InlineData("ask_absent_enumerator", "enum bpf_map_type___later::BPF_MAP_TYPE_EBPFNET___later", "enum bpf_map_type (", "has no 'BPF_MAP_TYPE_EBPFNET___later'")]
    [InlineData("ask_absent_type", "struct ebpfnet_absent::member", "the kernel has no struct ebpfnet_absent", "bpf_core_type_exists")]
    public void A_program_that_gets_to_what_this_kernel_lacks_is_refused_with_its_name(string program, string symbol, string said, string alsoSaid)
    {
        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.ReadOnly("core_kernel", program)));

        BpfRelocationException cause = Assert.IsType<BpfRelocationException>(refused.InnerException);
        Assert.Equal((symbol, program), (cause.Symbol, cause.Program));
        Assert.StartsWith($"access to '{symbol}' could not be relocated: ", refused.Report.Diagnosis, StringComparison.Ordinal);
        Assert.Contains(said, refused.Report.Diagnosis, StringComparison.Ordinal);
        Assert.Contains(alsoSaid, refused.Report.Diagnosis, StringComparison.Ordinal);
        Assert.Contains(symbol, refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_object_with_hundreds_of_relocations_loads()
    {
        BpfObjectSpec spec = TestObjects.Read("core_many");
        Assert.True(spec.BtfExtension!.CoreRelocations.Sum(section => section.Value.Length) > 200);
        using BpfObject loaded = BpfObject.Load(spec);
        Assert.Equal(spec.Programs.Count, loaded.Programs.Count);
    }

    [SkippableTheory]
    [InlineData("at_exit")]
    [InlineData("each_task")]
    public void A_program_that_is_attached_by_type_loads(string program)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("core_kernel", program));
        Assert.Equal(BpfProgramType.Tracing, loaded.Programs[program].Type);
    }

    [SkippableTheory]
    [InlineData("at_function")]
    [InlineData("after_function")]
    [InlineData("at_open")]
    public void A_program_for_a_function_or_a_hook_loads_unless_the_kernel_is_locked_down(string program)
    {
        try
        {
            using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("core_kernel", program));
            Assert.Equal(program, Assert.Single(loaded.Programs).Name);
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.EPERM)
        {
            // The name was found, or there would have been another error; and what stands in the way is said.
            Assert.Contains("lockdown", e.Message, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("at_nothing", "ebpfnet_no_such_tracepoint", "raw tracepoint")]
    [InlineData("at_no_module", "function", "module 'ebpfnet_no_such_module' has no function")]
    public void What_a_program_attaches_to_has_to_exist(string program, string symbol, string said)
    {
        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(() => BpfObject.Load(TestObjects.ReadOnly("core_kernel", program)));
        Assert.Equal((symbol, program), (refused.Symbol, refused.Program));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_a_program_attaches_to_can_be_set_before_it_is_loaded()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("core_kernel", "at_unknown");
        BpfNotSupportedException refused = Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(spec));
        Assert.Contains("AttachTarget", refused.Message, StringComparison.Ordinal);

        spec.Programs["at_unknown"].AttachTarget = "sched_switch";
        using BpfObject loaded = BpfObject.Load(spec);
        Assert.Equal("at_unknown", Assert.Single(loaded.Programs).Name);
    }

    [SkippableFact]
    public unsafe void Types_from_a_file_take_the_place_of_the_kernels()
    {
        // What this kernel lacks, another has.
        BtfSpec running = KernelBtf.OpenRunning().Vmlinux;
        Assert.True(running.TryFind("task_struct", out BtfStruct? task));
        var builder = new BtfBuilder();
        BtfTypeId number = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        builder.Add(new BtfStruct("task_struct", task.Size, new BtfMember("ebpfnet_missing", number, OffsetOf(running, task, "pid") * 8)));
        var options = new BpfLoadOptions { KernelBtf = KernelBtf.Parse(builder.ToArray(), "later") };

        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("core_kernel", "ask_unguarded"), options);
        uint pid = loaded.Programs["ask_unguarded"].TestRun(new BpfTestRun { Context = new byte[sizeof(Answer)] }).ReturnValue;

        Assert.Contains(pid.ToString(System.Globalization.CultureInfo.InvariantCulture), Directory.GetDirectories("/proc/self/task").Select(Path.GetFileName));
    }

    private static uint OffsetOf(BtfSpec types, BtfStruct parent, string name) =>
        types.TryFindField(parent.Id, name, out BtfField field) ? field.ByteOffset : throw new InvalidOperationException(name);

    private static unsafe Answer Ask(BpfObject loaded)
    {
        byte[] context = new byte[sizeof(Answer)];
        BpfTestRunResult result = loaded.Programs["ask"].TestRun(new BpfTestRun { Context = context, ContextOutput = context });
        Assert.Equal(0u, result.ReturnValue);
        return MemoryMarshal.Read<Answer>(context);
    }
}

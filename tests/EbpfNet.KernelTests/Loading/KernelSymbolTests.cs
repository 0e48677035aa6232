using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Variables and functions of the running kernel, used by programs.</summary>
public sealed class KernelSymbolTests : KernelTest
{
    private static readonly byte[] Packet = new byte[80];

    [SkippableFact]
    public void The_address_of_a_symbol_is_the_one_that_the_kernel_lists_and_a_missing_weak_one_is_null()
    {
        using BpfObject loaded = Load("kernel_symbols", "by_address");

        Found found = Run(loaded, "by_address");

        string line = File.ReadLines("/proc/kallsyms").First(line => line.EndsWith(" bpf_prog_put", StringComparison.Ordinal));
        Assert.Equal(Convert.ToUInt64(line.Split(' ')[0], 16), found.Address);
        Assert.NotEqual(0ul, found.Address);
        Assert.Equal(0ul, found.Missing);
    }

    [SkippableFact]
    public void An_address_may_be_given_instead()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("kernel_symbols_errors", "needs_address");
        spec.Constants["ebpfnet_no_such_symbol"] = 0x1234_5678_9abc_def0;
        using BpfObject loaded = BpfObject.Load(spec);

        Assert.Equal(0x1234_5678u, loaded.Programs["needs_address"].TestRun(new BpfTestRun(Packet)).ReturnValue);
    }

    [SkippableFact]
    public void A_symbol_of_the_assemblers_may_be_given()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("externs", "uses_constant");
        spec.Constants["MY_CONST"] = 42;
        using BpfObject loaded = BpfObject.Load(spec);

        Assert.Equal(42u, loaded.Programs["uses_constant"].TestRun(new BpfTestRun(Packet)).ReturnValue);
    }

    [SkippableFact]
    public void Functions_of_the_kernel_are_called_and_flavours_of_them_too()
    {
        using BpfObject loaded = Load("kernel_symbols", "calls");

        Found found = Run(loaded, "calls");

        Assert.Equal((ulong)Packet.Length, found.Length);
        Assert.Equal((ulong)Packet.Length, found.LengthAgain);
    }

    [SkippableFact]
    public void What_is_missing_and_what_is_of_another_kind_is_not_there_for_who_asks()
    {
        using BpfObject loaded = Load("kernel_symbols", "calls_missing_weak");

        Found found = Run(loaded, "calls_missing_weak");

        Assert.Equal((7ul, 8ul), (found.MissingFunction, found.WrongFunction));
    }

    [SkippableTheory]
    [InlineData("calls_missing_unguarded", "ebpfnet_no_such_weak_function", "does not exist on this kernel")]
    [InlineData("calls_wrong_unguarded", "bpf_cast_to_kern_ctx___wrong", "but the kernel has")]
    public void The_verifiers_complaint_about_a_missing_function_names_it(string program, string function, string reason)
    {
        BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => Load("kernel_symbols", program));

        Assert.Contains($"kernel function '{function}'", refused.Report.Diagnosis, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Report.Diagnosis, StringComparison.Ordinal);
        Assert.Contains("bpf_ksym_exists", refused.Report.Diagnosis, StringComparison.Ordinal);
        BpfRelocationException inner = Assert.IsType<BpfRelocationException>(refused.InnerException);
        Assert.Equal((function, program), (inner.Symbol, inner.Program));
    }

    [SkippableTheory]
    [InlineData("needs_address", "ebpfnet_no_such_symbol", "/proc/kallsyms does not list it")]
    [InlineData("needs_variable", "ebpfnet_no_such_variable", "has a variable of this name")]
    [InlineData("needs_wrong_variable", "cpu_tlbstate", "'struct tlb_state cpu_tlbstate'")]
    [InlineData("needs_function", "bpf_cast_to_kern_context", "'bpf_cast_to_kern_ctx'")]
    [InlineData("needs_wrong_function", "bpf_rdonly_cast", "'void *bpf_rdonly_cast(const void *, int, int)'")]
    public void What_a_program_cannot_do_without_is_named_and_no_matter_to_the_others(string program, string symbol, string reason)
    {
        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(() => Load("kernel_symbols_errors", program));

        Assert.Equal((symbol, program), (refused.Symbol, refused.Program));
        Assert.Contains(reason, refused.Problem, StringComparison.Ordinal);
        using BpfObject others = Load("kernel_symbols_errors", "calls", "by_address");
    }

    [SkippableFact]
    public void A_variable_is_read_by_its_type_where_the_kernel_tells_addresses_of_variables()
    {
        bool hasVariables = File.ReadLines("/proc/kallsyms").Any(line => line.EndsWith(" runqueues", StringComparison.Ordinal));
        if (!hasVariables)
        {
            // CONFIG_KALLSYMS_ALL is off: the verifier, not the loader, is who needs it.
            BpfVerifierException refused = Assert.Throws<BpfVerifierException>(() => Load("kernel_symbols", "by_type"));
            Assert.Contains("CONFIG_KALLSYMS_ALL", refused.Report.Diagnosis, StringComparison.Ordinal);
            return;
        }

        using BpfObject loaded = Load("kernel_symbols", "by_type");
        Assert.Equal(0u, loaded.Programs["by_type"].TestRun(new BpfTestRun { Context = new byte[8] }).ReturnValue);
        Found found = Read(loaded);
        Assert.Equal(Environment.ProcessorCount > 1 ? 1 : -1, (long)found.Cpu);
        Assert.NotEqual(-1, (long)found.Active);
        Assert.Equal(0ul, found.MissingVariable);
    }

    [SkippableFact]
    public void Without_the_kernels_types_only_what_needs_them_is_refused()
    {
        using FeatureProbe.Scope old = KernelProbes.KernelTypes.Override(false);

        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(() => Load("kernel_symbols", "calls"));

        Assert.Equal("bpf_cast_to_kern_ctx", refused.Symbol);
        Assert.Contains("CONFIG_DEBUG_INFO_BTF", refused.Problem, StringComparison.Ordinal);
        using BpfObject others = Load("kernel_symbols", "by_address", "calls_missing_weak");
        Assert.Equal((7ul, 8ul), (Run(others, "calls_missing_weak").MissingFunction, Read(others).WrongFunction));
    }

    private static BpfObject Load(string name, params string[] programs) => BpfObject.Load(TestObjects.ReadOnly(name, programs));

    private static Found Run(BpfObject loaded, string program)
    {
        Assert.Equal((uint)XdpAction.Pass, loaded.Programs[program].TestRun(new BpfTestRun(Packet)).ReturnValue);
        return Read(loaded);
    }

    private static Found Read(BpfObject loaded) => MemoryMarshal.Read<Found>(MapValues.Read(loaded.Maps[".bss"]));

    [StructLayout(LayoutKind.Sequential)]
    private struct Found
    {
        public ulong Address;
        public ulong Missing;
        public ulong Cpu;
        public ulong Active;
        public ulong MissingVariable;
        public ulong Length;
        public ulong LengthAgain;
        public ulong MissingFunction;
        public ulong WrongFunction;
    }
}

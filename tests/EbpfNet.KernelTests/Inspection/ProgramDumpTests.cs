using System.Text.RegularExpressions;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Inspection;

/// <summary>Programs' code as the kernel keeps it, as text.</summary>
public sealed class ProgramDumpTests : KernelTest
{
    private const int Syslog = 34; // CAP_SYSLOG

    [SkippableFact]
    public void Instructions_name_maps_helpers_functions_and_lines_of_the_source()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("maps_basic"));
        BpfProgram program = loaded.Programs["touch_maps"];

        string text = program.DumpXlated();

        string[] lines = text.Split('\n');
        Assert.Equal("int touch_maps(struct xdp_md *ctx):", lines[0]);
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^; struct pair_key pair = \{ 1, 2 \}; @ maps_basic\.bpf\.c:\d+$"));
        Assert.Contains($"map[id {loaded.Maps["hash_map"].Id} 'hash_map']", text, StringComparison.Ordinal);
        Assert.Matches(@"call \w*(trie_lookup_elem|bpf_map_lookup_elem)", text);
        Assert.Contains(": exit", text, StringComparison.Ordinal);
        Assert.DoesNotContain(".insn", text, StringComparison.Ordinal);
        Assert.DoesNotContain(';', program.DumpXlated(withSource: false));
    }

    [SkippableFact]
    public void Calls_of_the_programs_own_functions_name_them()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("subprograms", "calls_shared_twice"));

        string text = loaded.Programs["calls_shared_twice"].DumpXlated();

        Assert.Contains("\nint shared(int x):\n", text, StringComparison.Ordinal);
        Assert.Contains("call shared\n", text, StringComparison.Ordinal);
        Assert.Contains("call times_three\n", text, StringComparison.Ordinal);
        Assert.Contains("call plus_one\n", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void They_are_named_where_the_kernel_hides_addresses_as_well()
    {
        // CAP_SYSLOG is what the kernel shows them for.
        Exception? thrown = WithoutCapabilities.Run(
            () =>
            {
                using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("subprograms", "calls_shared_twice"));
                string text = loaded.Programs["calls_shared_twice"].DumpXlated();

                Assert.Contains("call shared\n", text, StringComparison.Ordinal);
                Assert.Contains("call times_three\n", text, StringComparison.Ordinal);
                Assert.DoesNotContain("call calls_shared_twice\n", text, StringComparison.Ordinal);
            },
            ~(Capabilities)(1UL << Syslog));

        Assert.Null(thrown);
    }

    [SkippableFact]
    public void Callbacks_and_values_of_maps_are_named()
    {
        using BpfObject loops = BpfObject.Load(TestObjects.ReadOnly("callbacks", "for_each_element"));
        using BpfObject globals = BpfObject.Load(TestObjects.ReadOnly("globals", "copy_data_to_bss"));

        Assert.Contains("r2 = add_element ll\n", loops.Programs["for_each_element"].DumpXlated(), StringComparison.Ordinal);
        Assert.Matches(@"map\[id \d+ '[\w.]*\.data'\]\.value\+\d+ ll", globals.Programs["copy_data_to_bss"].DumpXlated());
    }

    [SkippableFact]
    public void A_program_without_types_is_listed_by_its_name()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("without_btf"));

        Assert.StartsWith("without_btf:\n   0: ", loaded.Programs["without_btf"].DumpXlated(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Machine_code_is_shown_by_function_with_its_address_and_as_long_as_the_kernel_says()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("subprograms", "calls_shared_twice"));
        BpfProgram program = loaded.Programs["calls_shared_twice"];
        Skip.If(program.GetInfo().JitedLength == 0, "programs are interpreted here");

        string text = program.DumpJited();

        MatchCollection functions = Regex.Matches(text, @"^int (\w+)\(.*\): at 0x([0-9a-f]{8,16}), (\d+) bytes of (x86-64|arm64) code$", RegexOptions.Multiline);
        Assert.Equal((int)program.GetInfo().FunctionCount, functions.Count);
        Assert.Equal("calls_shared_twice", functions[0].Groups[1].Value);
        int bytes = Regex.Matches(text, "^ +[0-9a-f]+:(( [0-9a-f]{2})+)$", RegexOptions.Multiline).Sum(line => line.Groups[2].Captures.Count);
        Assert.Equal((int)program.GetInfo().JitedLength, bytes);
        Assert.Contains("@ subprograms.bpf.c:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("@ subprograms.bpf.c:", program.DumpJited(withSource: false), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("callbacks")]
    [InlineData("queues")]
    [InlineData("references")]
    [InlineData("ringbuf")]
    [InlineData("socket_filter")]
    [InlineData("stacks")]
    public void Nothing_that_the_verifier_makes_of_a_program_is_without_a_text(string name)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read(name));

        Assert.All(loaded.Programs, program => Assert.DoesNotContain(".insn", program.DumpXlated(), StringComparison.Ordinal));
    }
}

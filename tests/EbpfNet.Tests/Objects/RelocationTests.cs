using EbpfNet.Elf;
using EbpfNet.Instructions;
using EbpfNet.Objects;

namespace EbpfNet.Tests.Objects;

public class RelocationTests
{
    [Fact]
    public void Loads_of_maps_and_data_lack_only_the_descriptor()
    {
        BpfObjectSpec spec = TestObjects.Read("endian_little");
        LinkedProgram linked = spec.Link("endian");

        Assert.Equal([".rodata", ".bss", ".data", "entries"], linked.Relocations.Select(Target).Distinct());
        foreach (BpfRelocation relocation in linked.Relocations)
        {
            BpfInstruction instruction = linked.Instructions[relocation.Slot];
            Assert.True(instruction.IsLoadImm64);
            Assert.Equal(0, instruction.Immediate);
            (BpfPseudoSource source, int second) = relocation is MapValueReference value ? (BpfPseudoSource.MapValue, (int)value.Offset) : (BpfPseudoSource.MapFd, 0);
            Assert.Equal((source, second), (instruction.PseudoSource, linked.Instructions[relocation.Slot + 1].Immediate));
        }

        static string Target(BpfRelocation relocation) => relocation switch
        {
            MapReference map => map.Map.Name,
            MapValueReference value => value.Map.Name,
            _ => throw new InvalidOperationException(relocation.ToString()),
        };
    }

    [Fact]
    public void Data_is_found_by_its_variables_offset_or_by_the_addend_to_its_section()
    {
        BpfObjectSpec spec = TestObjects.Read("globals");
        LinkedProgram linked = spec.Link("sum_of_rodata");

        IEnumerable<uint> offsets = linked.Relocations.OfType<MapValueReference>().Where(r => r.Map.Name == ".rodata").Select(r => r.Offset);
        foreach (string name in new[] { "ro_u8", "ro_u64", "ro_bool", "ro_weak" })
        {
            Assert.Contains((uint)spec.Variables[name].Offset, offsets);
        }

        // A static variable has no symbol of its own in the relocation: the load itself says where it is.
        CodeImage code = new();
        int data = code.Image.AddSection(".data", new byte[16]);
        code.Function("program", false, [.. CodeImage.Load(12), CodeImage.Exit]);
        code.Relocate(0, code.Image.AddSymbol("", data, type: ElfSymbolType.Section, binding: ElfSymbolBinding.Local));
        Assert.Equal(12u, Assert.IsType<MapValueReference>(Assert.Single(code.Read().Link("program").Relocations)).Offset);
    }

    [Fact]
    public void Linking_changes_neither_the_spec_nor_an_earlier_result()
    {
        BpfObjectSpec spec = TestObjects.Read("callbacks");
        BpfInstruction[] compiled = spec.Programs["several_loops"].Instructions.ToArray();
        LinkedProgram first = spec.Link("several_loops");
        Array.Clear(first.Instructions);

        LinkedProgram second = spec.Link("several_loops");

        Assert.Equal(compiled, spec.Programs["several_loops"].Instructions.ToArray());
        Assert.Equal(compiled.Length, second.Functions[0].SlotCount);
        Assert.Contains(second.Instructions, i => i.IsFunctionAddress);
    }

    [Theory]
    [InlineData("uses_functions", "kernel_function:KernelFunction:strong:call kernel_function_weak:KernelFunction:weak:call")]
    [InlineData("uses_variables", "typed_variable:TypedKernelSymbol:strong:load untyped_variable:UntypedKernelSymbol:strong:load")]
    [InlineData("uses_options", "CONFIG_SMP:KernelOption:weak:load CONFIG_HZ:KernelOption:strong:load")]
    public void Externs_are_left_to_the_loader_with_what_is_known_of_them(string program, string expected)
    {
        LinkedProgram linked = TestObjects.Read("externs").Link(program);

        Assert.Equal(
            expected,
            string.Join(' ', linked.Relocations.Cast<ExternReference>().Select(r => $"{r.Extern.Name}:{r.Extern.Kind}:{(r.Extern.IsWeak ? "weak" : "strong")}:{(r.IsCall ? "call" : "load")}")));
    }

    [Theory]
    [InlineData("uses_forgotten", "uses_forgotten", "forgotten", 1, "declared but not defined")]
    [InlineData("uses_forgotten_indirectly", "calls_forgotten", "forgotten", 1, "declared but not defined")]
    [InlineData("uses_constant", "uses_constant", "MY_CONST", 0, "not defined in this object")]
    public void What_nobody_defines_is_refused_by_the_programs_that_use_it(string program, string function, string symbol, int slot, string problem)
    {
        BpfObjectSpec spec = TestObjects.Read("externs");

        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => spec.Link(program));

        Assert.Equal((symbol, function, slot), (e.Symbol, e.Program, e.Instruction));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Empty(spec.Link("uses_nothing").Relocations);
    }

    [Fact]
    public void A_symbol_of_the_assemblers_gets_the_value_that_the_spec_gives_it()
    {
        BpfObjectSpec spec = TestObjects.Read("externs");
        spec.Constants["MY_CONST"] = 0x1122334455667788;
        spec.Constants["forgotten"] = 1; // A function cannot be a number.

        LinkedProgram linked = FunctionLinker.Link(spec.Programs["uses_constant"], spec.Constants);

        Assert.Equal(0x1122334455667788ul, linked.Instructions[0].ReadImm64(linked.Instructions[1]));
        Assert.Equal(BpfPseudoSource.None, linked.Instructions[0].PseudoSource);
        Assert.Empty(linked.Relocations);
        Assert.Throws<BpfRelocationException>(() => FunctionLinker.Link(spec.Programs["uses_forgotten"], spec.Constants));
    }

    [Fact]
    public void A_kernel_variables_address_may_be_given()
    {
        BpfObjectSpec spec = TestObjects.Read("externs");
        spec.Constants["untyped_variable"] = 0xffffffff81000000;

        LinkedProgram linked = FunctionLinker.Link(spec.Programs["uses_variables"], spec.Constants);

        Assert.Equal("typed_variable", Assert.IsType<ExternReference>(Assert.Single(linked.Relocations)).Extern.Name);
    }

    [Fact]
    public void Externs_are_in_the_order_in_which_libbpf_counts_them()
    {
        Assert.Equal(
            ["CONFIG_HZ", "CONFIG_SMP", "kernel_function", "kernel_function_weak", "typed_variable", "untyped_variable", "MY_CONST", "forgotten"],
            TestObjects.Read("externs").Externs.Select(one => one.Name));
        Assert.Equal(Enumerable.Range(0, 8), TestObjects.Read("externs").Externs.Select(one => one.Index));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_call_finds_its_function_however_the_compiler_wrote_it(int form)
    {
        CodeImage code = new();
        code.Function("program", false, CodeImage.CallOf(-1), CodeImage.Exit);
        int callee = code.Function("callee", true, CodeImage.Exit);
        switch (form)
        {
            case 0: // Relative, without relocation.
                code[0] = CodeImage.CallOf(1);
                break;
            case 1: // Relative to the function's symbol.
                code.Relocate(0, callee, 10);
                break;
            default: // Relative to the section, as for static functions.
                code[0] = CodeImage.CallOf(1);
                code.Relocate(0, code.SectionSymbol, 10);
                break;
        }

        LinkedProgram linked = code.Read().Link("program");

        Assert.Equal(["program", "callee"], linked.Functions.Select(f => f.Name));
        Assert.Equal(1, linked.Instructions[0].Immediate);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_callback_is_found_by_its_symbol_or_by_its_byte_in_the_section(bool bySymbol)
    {
        CodeImage code = new();
        code.Function("program", false, [.. CodeImage.Load(bySymbol ? 0ul : 32), CodeImage.Exit, CodeImage.Exit]);
        int callback = code.Function("callback", !bySymbol, CodeImage.Exit);
        code.Relocate(0, bySymbol ? callback : code.SectionSymbol);

        LinkedProgram linked = code.Read().Link("program");

        Assert.True(linked.Instructions[0].IsFunctionAddress);
        Assert.Equal(3, linked.Instructions[0].Immediate);
        Assert.Equal(0, linked.Instructions[1].Immediate);
    }

    [Fact]
    public void Calls_into_the_middle_of_a_function_are_refused()
    {
        CodeImage code = new();
        code.Function("program", false, CodeImage.CallOf(2), CodeImage.Exit);
        code.Function("callee", true, CodeImage.Exit, CodeImage.Exit);

        Assert.Contains("no function starts at instruction 3", Assert.Throws<BpfRelocationException>(() => code.Read().Link("program")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void References_that_make_no_sense_are_refused_by_the_programs_that_make_them()
    {
        AssertImpossible("holds neither code, nor maps", CodeImage.Load(), c => c.Image.AddSymbol("x", c.Image.AddSection("features", new byte[4])));
        AssertImpossible("which is empty", CodeImage.Load(), c => c.Image.AddSymbol("x", c.Image.AddSection(".data", [])));
        AssertImpossible("give it an initial value", CodeImage.Load(), c => c.Image.AddSymbol("x", 0xfff2));
        AssertImpossible("no function starts at byte 0x8", CodeImage.Load(8), c => c.SectionSymbol);
        AssertImpossible("only calls and 64-bit loads", [CodeImage.Exit], c => c.SectionSymbol);
        AssertImpossible("calls a helper by number", [new BpfInstruction(BpfOpcode.Call, immediate: 5)], c => c.SectionSymbol);
        AssertImpossible("is not the place of an instruction", [CodeImage.CallOf(-1)], c => c.Image.AddSymbol("x", c.Section, 4));
    }

    [Fact]
    public void A_relocation_of_the_second_half_of_a_load_is_refused()
    {
        CodeImage code = new();
        code.Function("program", false, [.. CodeImage.Load(), CodeImage.Exit]);
        code.Relocate(1, code.SectionSymbol);

        Assert.Contains("second half", Assert.Throws<BpfRelocationException>(() => code.Read().Link("program")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4UL, "no instruction")]
    [InlineData(24UL, "no instruction")]
    [InlineData(ulong.MaxValue - 7, "no instruction")]
    public void Relocations_outside_the_code_are_refused(ulong offset, string problem)
    {
        CodeImage code = new();
        code.Function("program", false, [.. CodeImage.Load(), CodeImage.Exit]);
        code.Image.AddRelocation(code.Section, offset, code.SectionSymbol, 1);

        BpfObjectFormatException e = Assert.Throws<BpfObjectFormatException>(code.Read);

        Assert.Equal("xdp", e.Section);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_relocations_of_one_instruction_and_addends_of_their_own_are_refused()
    {
        CodeImage twice = new();
        twice.Function("program", false, [.. CodeImage.Load(), CodeImage.Exit]);
        twice.Relocate(0, twice.SectionSymbol);
        twice.Relocate(0, twice.SectionSymbol);
        Assert.Contains("two relocations", Assert.Throws<BpfObjectFormatException>(twice.Read).Message, StringComparison.Ordinal);

        CodeImage addend = new();
        addend.Function("program", false, [.. CodeImage.Load(), CodeImage.Exit]);
        addend.Relocate(0, addend.SectionSymbol);
        addend.Image[addend.Section].RelocationsHaveAddends = true;
        Assert.Contains("SHT_RELA", Assert.Throws<BpfObjectFormatException>(addend.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_ends_within_a_load_is_refused()
    {
        CodeImage code = new();
        code.Function("program", false, CodeImage.Load()[0]);

        Assert.Contains("ends within a 64-bit load", Assert.Throws<BpfObjectFormatException>(code.Read).Message, StringComparison.Ordinal);
    }

    private static void AssertImpossible(string problem, BpfInstruction[] instructions, Func<CodeImage, int> symbol)
    {
        CodeImage code = new();
        code.Function("bad", false, [.. instructions, CodeImage.Exit]);
        code.Relocate(0, symbol(code), 10);
        code.Function("good", false, CodeImage.Exit);
        BpfObjectSpec spec = code.Read();

        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => spec.Link("bad"));

        Assert.Equal(("bad", 0), (e.Program, e.Instruction));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Single(spec.Link("good").Instructions);
    }
}

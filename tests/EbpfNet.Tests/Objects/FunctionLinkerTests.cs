using EbpfNet.Elf;
using EbpfNet.Instructions;
using EbpfNet.Objects;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Objects;

public class FunctionLinkerTests
{
    // The orders are those in which libbpf loads the same objects (bpftool prog dump xlated).
    [Theory]
    [InlineData("subprograms", "no_calls", "no_calls")]
    [InlineData("subprograms", "one_call", "one_call plus_one")]
    [InlineData("subprograms", "calls_shared_twice", "calls_shared_twice shared times_three plus_one")]
    [InlineData("subprograms", "mixes_static_and_global", "mixes_static_and_global shared times_three plus_one global_chain global_double")]
    [InlineData("subprograms", "from_another_section", "from_another_section global_double")]
    [InlineData("subprograms", "deep_chain", "deep_chain depth_3 depth_4 depth_5 depth_6 depth_7 depth_8 plus_one")]
    [InlineData("callbacks", "loop", "loop add_index")]
    [InlineData("callbacks", "nested_loop", "nested_loop add_indexes add_index")]
    [InlineData("callbacks", "several_loops", "several_loops add_index add_square square")]
    [InlineData("symbols", "symbols", "symbols weak_function original")]
    [InlineData("symbols", "local_statics", "local_statics counts_here counts_there")]
    public void Functions_follow_in_the_order_of_first_reference(string name, string program, string order)
    {
        BpfObjectSpec spec = TestObjects.Read(name);
        LinkedProgram linked = spec.Link(program);

        string[] expected = [.. order.Split(' ').Where(f => f != "square" || linked.Functions.Any(l => l.Name == f))];
        Assert.Equal(expected, linked.Functions.Select(f => f.Name));
        Assert.Equal(expected, linked.FuncInfos.Select(info => spec.Btf![info.Type].Name));
        Assert.Equal(linked.Functions.Select(f => f.Slot), linked.FuncInfos.Select(info => info.Slot));
    }

    [Fact]
    public void Functions_in_text_and_static_ones_are_no_programs()
    {
        BpfObjectSpec spec = TestObjects.Read("subprograms");

        Assert.Equal(["no_calls", "one_call", "calls_shared_twice", "mixes_static_and_global", "deep_chain", "from_another_section"], spec.Programs.Names);
    }

    [Fact]
    public void Source_lines_come_in_order_and_say_where_the_code_is_from()
    {
        LinkedProgram linked = TestObjects.Read("subprograms").Link("calls_shared_twice");

        Assert.Equal(linked.LineInfos.Select(l => l.Slot).Order().Distinct(), linked.LineInfos.Select(l => l.Slot));
        foreach (LinkedFunction function in linked.Functions)
        {
            Assert.Contains(linked.LineInfos, line => line.Slot == function.Slot);
        }

        LinkedFunction shared = linked.Functions.Single(f => f.Name == "shared");
        Assert.Contains(linked.LineInfos, line => line.Slot >= shared.Slot && line.Slot < shared.Slot + shared.SlotCount && line.Line.Text.Contains("calls_of_shared++", StringComparison.Ordinal));
    }

    [Fact]
    public void Hidden_functions_are_reported_to_be_made_static()
    {
        BpfObjectSpec spec = TestObjects.Read("subprograms");
        Assert.Empty(spec.HiddenFunctions);

        // The same object with the symbol of plus_one's caller global_chain made hidden.
        byte[] image = TestObjects.Bytes("subprograms");
        ElfFile elf = ElfFile.Parse(image);
        ElfSymbol symbol = elf.Symbols.Single(s => s.Name == "global_chain");
        image[(int)elf.FindSection(".symtab")!.Offset + (24 * symbol.Index) + 5] = (byte)ElfSymbolVisibility.Hidden;
        spec = BpfObjectSpec.Parse(image);
        Assert.Equal("global_chain", spec.Btf![Assert.Single(spec.HiddenFunctions)].Name);
    }

    [Fact]
    public void Functions_that_do_not_say_their_size_end_where_the_next_one_starts()
    {
        CodeImage code = new();
        int first = code.Function("first", false, CodeImage.Exit, CodeImage.Exit);
        int second = code.Function("second", false, CodeImage.Exit, CodeImage.Exit, CodeImage.Exit);
        code.Image.Symbol(first).Size = 0;
        code.Image.Symbol(second).Size = 0;

        BpfObjectSpec spec = code.Read();

        Assert.Equal(2, spec.Programs["first"].Instructions.Length);
        Assert.Equal(3, spec.Programs["second"].Instructions.Length);
    }

    [Theory]
    [InlineData(4UL, 8UL)]
    [InlineData(0UL, 12UL)]
    [InlineData(0UL, 32UL)]
    [InlineData(24UL, 8UL)]
    [InlineData(8UL, ulong.MaxValue - 7)]
    public void Functions_outside_their_section_or_between_instructions_are_refused(ulong value, ulong size)
    {
        CodeImage code = new();
        int symbol = code.Function("bad", false, CodeImage.Exit, CodeImage.Exit, CodeImage.Exit);
        (code.Image.Symbol(symbol).Value, code.Image.Symbol(symbol).Size) = (value, size);

        BpfObjectFormatException e = Assert.Throws<BpfObjectFormatException>(code.Read);

        Assert.Equal("xdp", e.Section);
        Assert.Contains("'bad'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_do_not_multiply_their_section()
    {
        CodeImage code = new();
        code.Function("first", false, [.. Enumerable.Repeat(CodeImage.Exit, 100)]);
        for (int i = 0; i < 10; i++)
        {
            code.Image.AddSymbol($"again{i}", code.Section, 0, 800, ElfSymbolType.Function, ElfSymbolBinding.Local);
        }

        Assert.Contains("overlap", Assert.Throws<BpfObjectFormatException>(code.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_programs_of_one_name_are_refused()
    {
        CodeImage code = new();
        code.Function("same", false, CodeImage.Exit);
        code.Function("same", false, CodeImage.Exit);

        Assert.Contains("second program named 'same'", Assert.Throws<BpfObjectFormatException>(code.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_calls_may_be_longer_than_any_stack()
    {
        const int Length = 100_000;
        CodeImage code = new();
        code.Function("program", false, CodeImage.CallOf(1), CodeImage.Exit);
        for (int i = 1; i < Length; i++)
        {
            code.Function("f", true, i == Length - 1 ? CodeImage.Exit : CodeImage.CallOf(1), CodeImage.Exit);
        }

        Assert.Equal(Length, code.Read().Link("program").Functions.Length);
    }

    [Fact]
    public void Any_call_graph_is_linked_as_a_recursive_walk_would()
    {
        Gen<(int Target, int Form)[][]> graphs =
            from count in Gen.Choose(1, 8)
            from functions in Gen.Zip(Gen.Choose(0, count - 1), Gen.Choose(0, 3)).Select(t => (Target: t.Item1, Form: t.Item2)).ArrayOf().Where(calls => calls.Length <= 6).ArrayOf(count)
            select functions;

        Prop.ForAll(graphs.ToArbitrary(), graph =>
        {
            LinkedProgram linked = Build(graph).Link("f0");

            List<int> order = [];
            Walk(graph, 0, order);
            Assert.Equal(order.Select(i => $"f{i}"), linked.Functions.Select(f => f.Name));
            foreach ((int function, LinkedFunction place) in order.Zip(linked.Functions))
            {
                int slot = place.Slot;
                foreach ((int target, int form) in graph[function])
                {
                    BpfInstruction instruction = linked.Instructions[slot];
                    Assert.True(form == 3 ? instruction.IsFunctionAddress : instruction.IsFunctionCall);
                    Assert.Equal(linked.Functions[order.IndexOf(target)].Slot, slot + instruction.Immediate + 1);
                    slot += instruction.SlotCount;
                }

                Assert.True(linked.Instructions[slot].IsExit);
            }

            Assert.Empty(linked.Relocations);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static void Walk((int Target, int Form)[][] graph, int function, List<int> order)
    {
        order.Add(function);
        foreach ((int target, _) in graph[function])
        {
            if (!order.Contains(target))
            {
                Walk(graph, target, order);
            }
        }
    }

    /// <summary>Each function refers to its targets in order and exits; the form says how: 0 relative, 1 by symbol, 2 by section, 3 by address.</summary>
    private static BpfObjectSpec Build((int Target, int Form)[][] graph)
    {
        int[] starts = new int[graph.Length + 1];
        for (int i = 0; i < graph.Length; i++)
        {
            starts[i + 1] = starts[i] + graph[i].Sum(call => call.Form == 3 ? 2 : 1) + 1;
        }

        CodeImage code = new();
        int[] symbols = new int[graph.Length];
        List<(int Slot, int Form, int Target)> relocations = [];
        for (int i = 0; i < graph.Length; i++)
        {
            List<BpfInstruction> body = [];
            foreach ((int target, int form) in graph[i])
            {
                int slot = starts[i] + body.Count;
                relocations.Add((slot, form, target));
                body.AddRange(form switch
                {
                    0 => [CodeImage.CallOf(starts[target] - slot - 1)],
                    1 => [CodeImage.CallOf(-1)],
                    2 => [CodeImage.CallOf(starts[target] - 1)],
                    _ => CodeImage.Load((ulong)(8 * starts[target])),
                });
            }

            symbols[i] = code.Function($"f{i}", i % 2 == 1, [.. body, CodeImage.Exit]);
        }

        foreach ((int slot, int form, int target) in relocations.Where(r => r.Form != 0))
        {
            code.Relocate(slot, form == 1 ? symbols[target] : code.SectionSymbol, form == 3 ? 1u : 10u);
        }

        return code.Read();
    }
}

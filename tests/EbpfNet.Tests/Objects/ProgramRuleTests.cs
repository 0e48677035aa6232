using EbpfNet.Objects;

namespace EbpfNet.Tests.Objects;

/// <summary>Which functions are programs, and what else but references puts functions behind a program.</summary>
public class ProgramRuleTests
{
    [Fact]
    public void Static_functions_of_program_sections_are_programs_unless_something_refers_to_them()
    {
        BpfObjectSpec spec = TestObjects.Read("static_programs");

        Assert.Equal(["global_program", "calls_a_static", "static_program", "optional_static"], spec.Programs.Names);
        Assert.False(spec.Programs["optional_static"].AutoLoad);
        Assert.Equal("tc", spec.Programs["optional_static"].SectionName);
        Assert.Equal(["calls_a_static", "called"], spec.Link("calls_a_static").Functions.Select(function => function.Name));
    }

    [Fact]
    public void A_second_name_of_a_program_that_is_local_is_no_second_program()
    {
        CodeImage code = new();
        code.Function("program", false, CodeImage.Exit);
        code.Image.AddSymbol("alias", code.Section, 0, 8, EbpfNet.Elf.ElfSymbolType.Function, EbpfNet.Elf.ElfSymbolBinding.Local);

        Assert.Equal(["program"], code.Read().Programs.Names);
    }

    // The orders, and the distances of the calls, are libbpf's for the same object.
    [Theory]
    [InlineData("recovers", "recovers check recover add_five", 2, 1)]
    [InlineData("throws", "throws check", 2)]
    [InlineData("shares", "shares add_five check recover", 5, 5, -8)]
    [InlineData("never_throws", "never_throws recover add_five", 1)]
    public void An_exception_callback_follows_what_the_program_refers_to(string program, string order, params int[] calls)
    {
        LinkedProgram linked = TestObjects.Read("exceptions").Link(program);

        Assert.Equal(order.Split(' '), linked.Functions.Select(function => function.Name));
        Assert.Equal(linked.Functions.Length, linked.FuncInfos.Length);
        int[] externs = [.. linked.Relocations.OfType<ExternReference>().Select(reference => reference.Slot)];
        Assert.Equal(calls, linked.Instructions.Where((instruction, slot) => instruction.IsFunctionCall && !externs.Contains(slot)).Select(call => call.Immediate));
    }

    [Theory]
    [InlineData("names_nothing", "nowhere", "has no global function of this name")]
    [InlineData("names_a_hidden_one", "hidden_recover", "it is hidden")]
    [InlineData("names_a_program", "right", "has no global function of this name")]
    [InlineData("names_none", "exception_callback:", "names no function")]
    public void A_callback_that_cannot_be_one_is_the_matter_of_its_program(string program, string symbol, string problem)
    {
        BpfObjectSpec spec = TestObjects.Read("exceptions_wrong");

        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => spec.Link(program));

        Assert.Equal((symbol, program), (e.Symbol, e.Program));
        Assert.Contains(problem, e.Problem, StringComparison.Ordinal);
        Assert.Single(spec.Link("right").Functions);
    }

    [Fact]
    public void Of_two_callbacks_the_kernel_gets_neither_and_refuses_the_program() =>
        Assert.Equal(["names_two"], TestObjects.Read("exceptions_wrong").Link("names_two").Functions.Select(function => function.Name));
}

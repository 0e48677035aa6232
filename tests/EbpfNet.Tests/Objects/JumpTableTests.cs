using System.Buffers.Binary;
using EbpfNet.Elf;
using EbpfNet.Instructions;
using EbpfNet.Objects;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Objects;

public class JumpTableTests
{
    [Theory]
    [InlineData("first_of_section", 0, "9 11 13")]
    [InlineData("second_of_section", 0, "9 11 13")]
    [InlineData("in_a_subprogram", 0, "12 14 16")]
    [InlineData("several_tables", 0, "10 25 27")]
    [InlineData("several_tables", 1, "19 21 23")]
    public void Targets_are_slots_of_the_linked_program(string program, int index, string targets)
    {
        LinkedProgram linked = TestObjects.Read("jump_tables").Link(program);

        JumpTableReference table = linked.Relocations.OfType<JumpTableReference>().ElementAt(index);
        Assert.Equal(targets, string.Join(' ', table.Targets));
        Assert.Equal(BpfPseudoSource.MapValue, linked.Instructions[table.Slot].PseudoSource);
        Assert.Equal((0, 0), (linked.Instructions[table.Slot].Immediate, linked.Instructions[table.Slot + 1].Immediate));
    }

    [Fact]
    public void A_table_may_be_referred_to_by_its_section_and_place()
    {
        // As assemblers do it for local symbols.
        LinkedProgram linked = Build(CodeImage.Load(8), bySection: true, size: 16, 0UL, 16, 24).Link("program");

        Assert.Equal([2, 3], Assert.Single(linked.Relocations.OfType<JumpTableReference>()).Targets.AsEnumerable());
    }

    [Theory]
    [InlineData(0UL, "leads to byte")] // Before the function, which is the second of its section.
    [InlineData(7UL * 8, "leads to byte")]
    [InlineData(12UL, "leads to byte")]
    [InlineData(ulong.MaxValue - 7, "leads to byte")]
    public void Targets_outside_of_the_function_are_the_matter_of_the_program(ulong target, string problem)
    {
        CodeImage code = new();
        code.Function("before", false, CodeImage.Exit);
        code.Function("program", false, [.. CodeImage.Load(), CodeImage.Exit, CodeImage.Exit]);
        code.Relocate(1, AddTable(code, 8, 8, target));

        BpfObjectSpec spec = code.Read();

        Assert.Contains(problem, Assert.Throws<BpfRelocationException>(() => spec.Link("program")).Message, StringComparison.Ordinal);
        Assert.Empty(spec.Link("before").Relocations);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(12UL)]
    [InlineData(24UL)]
    [InlineData(ulong.MaxValue - 7)]
    public void A_table_of_no_whole_entries_or_beyond_its_section_is_refused(ulong size)
    {
        BpfObjectSpec spec = Build(CodeImage.Load(), bySection: false, size, 16, 24);

        Assert.Contains("no table of jump targets", Assert.Throws<BpfRelocationException>(() => spec.Link("program")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_table_gives_its_targets_or_an_error_that_says_what_is_wrong()
    {
        Prop.ForAll<ulong[]>(values =>
        {
            ulong[] table = [.. values.Select(value => value % 80), 16];
            BpfObjectSpec spec = Build(CodeImage.Load(), bySection: false, (ulong)table.Length * 8, table);
            bool isRight = table.All(value => value % 8 == 0 && value < 32);
            Exception? thrown = Record.Exception(() => Assert.Equal(table.Select(value => (int)value / 8), ((JumpTableReference)spec.Link("program").Relocations.Single()).Targets));
            Assert.Equal(!isRight, thrown is BpfRelocationException);
            Assert.True(isRight == thrown is null);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_table_that_many_instructions_refer_to_is_read_once()
    {
        const int References = 2000;
        const int Targets = 10_000;
        CodeImage code = new();
        code.Function("program", false, [.. Enumerable.Range(0, References).SelectMany(_ => CodeImage.Load()), CodeImage.Exit]);
        int symbol = AddTable(code, 0, Targets * 8, new ulong[Targets]);
        for (int i = 0; i < References; i++)
        {
            code.Relocate(2 * i, symbol);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        BpfObjectSpec spec = code.Read();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (long)References * Targets);
        Assert.Equal(References, spec.Link("program").Relocations.Length);
    }

    [Fact]
    public void Tables_that_overlap_over_and_over_are_refused()
    {
        CodeImage code = new();
        code.Function("program", false, [.. Enumerable.Range(0, 50).SelectMany(_ => CodeImage.Load()), CodeImage.Exit]);
        int section = code.Image.AddSection(".jumptables", new byte[100 * 8]);
        for (int i = 0; i < 50; i++)
        {
            code.Relocate(2 * i, code.Image.AddSymbol($"BPF.JT.0.{i}", section, (ulong)i * 8, (ulong)(100 - i) * 8));
        }

        Assert.Contains("overlap", Assert.Throws<BpfObjectFormatException>(() => code.Read()).Message, StringComparison.Ordinal);
    }

    private static BpfObjectSpec Build(BpfInstruction[] load, bool bySection, ulong size, params ulong[] table)
    {
        CodeImage code = new();
        code.Function("program", false, [.. load, CodeImage.Exit, CodeImage.Exit]);
        int symbol = AddTable(code, bySection ? 8UL : 0, size, table);
        if (bySection)
        {
            symbol = code.Image.AddSymbol("", code.Image.Symbol(symbol).Section, type: ElfSymbolType.Section, binding: ElfSymbolBinding.Local);
        }

        code.Relocate(0, symbol);
        return code.Read();
    }

    private static int AddTable(CodeImage code, ulong place, ulong size, params ulong[] table)
    {
        byte[] data = new byte[table.Length * 8];
        for (int i = 0; i < table.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(8 * i), table[i]);
        }

        return code.Image.AddSymbol("BPF.JT.0.0", code.Image.AddSection(".jumptables", data), table.Length == 1 ? 0 : place, size);
    }
}

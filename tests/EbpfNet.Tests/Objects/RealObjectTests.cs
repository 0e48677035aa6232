using EbpfNet.Elf;
using EbpfNet.Instructions;
using EbpfNet.Objects;

namespace EbpfNet.Tests.Objects;

public class RealObjectTests
{
    /// <summary>Objects that have their own tests, because something in them is wrong on purpose.</summary>
    private static readonly string[] Wrong = ["exceptions_wrong", "externs", "legacy_maps_static", "linked_one", "without_btf_map"];

    public static TheoryData<string> Paths => [.. TestObjects.AllPaths.Where(path => !Wrong.Contains(Path.GetFileName(path).Split('.')[0]))];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_object_parses_and_links(string path)
    {
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(path);

        Assert.Equal(Path.GetFileName(path) == "core_target.bpf.o", spec.Programs.Count == 0); // Types, and nothing else.
        foreach (BpfProgramSpec program in spec.Programs)
        {
            LinkedProgram linked = FunctionLinker.Link(program);

            Assert.Equal(program.Name, linked.Functions[0].Name);
            Assert.Equal(linked.Instructions.Length, linked.Functions.Sum(f => f.SlotCount));
            Assert.Equal(spec.BtfExtension is null ? 0 : linked.Functions.Length, linked.FuncInfos.Length);
            Assert.Equal(spec.BtfExtension is null, linked.LineInfos.IsEmpty);
            Assert.All(linked.CoreRelocations, relocation => Assert.InRange(relocation.Slot, 0, linked.Instructions.Length - 1));
            AssertEveryRelocationIsUsed(path, program, linked);
        }
    }

    private static void AssertEveryRelocationIsUsed(string path, BpfProgramSpec program, LinkedProgram linked)
    {
        ElfFile elf = ElfFile.Parse(File.ReadAllBytes(path));
        BpfFunction function = program.Function;
        ulong start = (ulong)function.SectionSlot * BpfInstruction.Size;
        ulong end = start + ((ulong)function.Instructions.Length * BpfInstruction.Size);
        foreach (ElfRelocation relocation in elf.GetRelocations(elf.Sections[function.Section]).Where(r => r.Offset >= start && r.Offset < end))
        {
            int slot = (int)((relocation.Offset - start) / BpfInstruction.Size);
            Assert.True(linked.Instructions[slot].IsFunctionCall || linked.Instructions[slot].IsFunctionAddress || linked.Relocations.Any(r => r.Slot == slot));
        }
    }
}

using System.Diagnostics;
using EbpfNet.KernelTests.Links;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Objects that a static linker (<c>bpftool gen object</c>) made of several.</summary>
public sealed class LinkedObjectTests : KernelTest
{
    private readonly DirectoryInfo _folder;

    public LinkedObjectTests()
    {
        try
        {
            Process.Start(new ProcessStartInfo("bpftool", "version") { RedirectStandardOutput = true })!.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip.If(true, "bpftool is not installed");
        }

        _folder = Directory.CreateTempSubdirectory("ebpfnet-linked-");
    }

    public override void Dispose()
    {
        _folder.Delete(recursive: true);
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("linked_one", "linked_two")]
    [InlineData("linked_two", "linked_one")]
    public void Static_names_may_be_there_twice_and_strong_definitions_win(string left, string right)
    {
        string path = Path.Combine(_folder.FullName, "linked.bpf.o");
        Tool.Run("bpftool", $"gen object {path} {TestObjects.PathOf(left)} {TestObjects.PathOf(right)}");

        BpfObjectSpec spec = BpfObjectSpec.ReadFile(path);
        Assert.Equal(["chosen", "first", "second", "winner"], spec.Programs.Names.Order(StringComparer.Ordinal));
        Assert.Equal(["far", "value"], spec.Variables.Names.Order(StringComparer.Ordinal));
        Assert.Equal(1u, spec.Maps["shared"].MaxEntries);
        using BpfObject loaded = BpfObject.Load(spec);
        Assert.Equal(1u + 1 + 10, Run(loaded, "first")); // Each has its own `counter`, `limit` and `helper`.
        Assert.Equal(2u + (2 * 2) + 20, Run(loaded, "second"));
        Assert.Equal(1u + 1 + 1 + 10, Run(loaded, "first"));
        Assert.Equal(2u, Run(loaded, "winner"));
        Assert.Equal(7u + 50 + 100 + 3000, Run(loaded, "chosen"));
    }

    [SkippableFact]
    public void What_is_only_declared_fails_the_programs_that_use_it_and_says_so()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("linked_one", "first", "winner");
        using (BpfObject loaded = BpfObject.Load(spec))
        {
            Assert.Equal(1u, Run(loaded, "winner")); // Nobody is stronger.
        }

        spec.Programs["chosen"].AutoLoad = true;
        Assert.Contains("link the object that defines it", Assert.Throws<BpfRelocationException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
    }

    private static uint Run(BpfObject loaded, string program) => loaded.Programs[program].TestRun(new BpfTestRun(new byte[64])).ReturnValue;
}

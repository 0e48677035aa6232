using EbpfNet.Btf;
using EbpfNet.Elf;
using EbpfNet.Tests.Architecture;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Btf;

/// <summary>Bytes changed at random and files cut off: they parse, and then answer every question, or are refused; in time, whichever.</summary>
public class BtfMutationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly Gen<(int Position, byte Value)[]> Changes =
        (from position in Gen.Choose(0, int.MaxValue - 1)
         from value in Gen.OneOf(Gen.Elements(0, 1, 2, 3, 4, 0x7F, 0x80, 0xFF), Gen.Choose(0, 255))
         select (position, (byte)value)).ArrayOf(4);

    private static readonly Lazy<(byte[] Btf, byte[] Ext)> Real = new(() =>
    {
        ElfFile elf = ElfFile.Parse(File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, "tests/bpf/btf_kinds.bpf.o")));
        return (elf.FindSection(".BTF")!.Data.ToArray(), elf.FindSection(".BTF.ext")!.Data.ToArray());
    });

    [Fact]
    public Task Changed_bytes_parse_or_are_refused() => InTime(() => Prop.ForAll(
        (from types in BtfGenerators.Graph() from bigEndian in Gen.Elements(false, true) from changes in Changes select (types, bigEndian, changes)).ToArbitrary(),
        given => ParsesOrIsRefused(Change(BtfGenerators.Build(given.types, given.bigEndian).ToArray(), given.changes)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500)));

    [Fact]
    public Task Changed_bytes_of_a_compilers_btf_parse_or_are_refused() => InTime(() => Prop.ForAll(
        Changes.ToArbitrary(),
        changes => ParsesOrIsRefused(Change(Real.Value.Btf, changes)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500)));

    [Fact]
    public Task A_file_cut_off_anywhere_is_refused() => InTime(() =>
    {
        byte[] data = Real.Value.Btf;
        for (int length = 0; length < data.Length; length++)
        {
            Assert.Throws<BpfObjectFormatException>(() => BtfSpec.Parse(data.AsMemory(0, length)));
        }
    });

    [Fact]
    public Task Changed_bytes_of_a_compilers_btf_ext_parse_or_are_refused()
    {
        BtfSpec spec = BtfSpec.Parse(Real.Value.Btf);
        return InTime(() => Prop.ForAll(
            (from changes in Changes from length in Gen.Choose(0, Real.Value.Ext.Length) from cut in Gen.Elements(false, true) select (changes, cut ? length : int.MaxValue)).ToArbitrary(),
            given =>
            {
                byte[] data = Change(Real.Value.Ext, given.changes);
                try
                {
                    BtfExtInfo info = BtfExtInfo.Parse(data.AsMemory(0, Math.Min(given.Item2, data.Length)), spec);
                    foreach (BtfLineInfo line in info.Lines.Values.SelectMany(lines => lines))
                    {
                        Assert.NotNull(line.Text + line.FileName);
                    }
                }
                catch (BpfObjectFormatException)
                {
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500)));
    }

    private static void ParsesOrIsRefused(byte[] data)
    {
        BtfSpec spec;
        try
        {
            spec = BtfSpec.Parse(data);
        }
        catch (BpfObjectFormatException)
        {
            return;
        }

        BtfDump.AskEverything(spec);
    }

    private static byte[] Change(byte[] data, (int Position, byte Value)[] changes)
    {
        byte[] changed = [.. data];
        foreach ((int position, byte value) in changes)
        {
            changed[position % changed.Length] = value;
        }

        return changed;
    }

    // A test that hangs says nothing; one that is late fails.
    private static Task InTime(Action test) => Task.Run(test).WaitAsync(Limit);
}

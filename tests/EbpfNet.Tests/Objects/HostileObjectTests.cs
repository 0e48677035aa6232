using System.Diagnostics;
using EbpfNet.Elf;
using EbpfNet.Objects;
using EbpfNet.Tests.Elf;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Objects;

public class HostileObjectTests
{
    private static readonly string[] Originals = ["globals", "map_values", "callbacks", "subprograms", "externs", "legacy_maps", "iproute2_maps", "struct_ops", "endian_big", "symbols", "without_btf"];

    [Fact]
    public void Damaged_objects_parse_and_link_or_are_refused_in_good_time()
    {
        Prop.ForAll(Damage.Of([.. Originals.Select(TestObjects.Bytes)]), AssertReadOrRefused).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Objects_with_a_damaged_section_parse_and_link_or_are_refused_in_good_time()
    {
        // Most bytes of an object are code and text: change those that the readers follow.
        Gen<byte[]> damaged =
            from original in Gen.Elements(Originals)
            from name in Gen.Elements(".symtab", ".strtab", ".relxdp", ".BTF", ".BTF.ext", ".maps", ".rel.maps", "maps", ".struct_ops.link", ".rel.struct_ops.link", "?.struct_ops.link", ".rel?.struct_ops.link")
            let image = TestObjects.Bytes(original)
            let section = ElfFile.Parse(image).FindSection(name)
            where section is not null && section.Size != 0
            from changes in Gen.Zip(Gen.Choose(0, (int)section.Size - 1), Gen.OneOf(Gen.Choose(0, 255), Gen.Elements(0, 1, 0x7f, 0x80, 0xff))).ArrayOf()
            select Change(image, (int)section.Offset, changes);

        Prop.ForAll(damaged.ToArbitrary(), AssertReadOrRefused).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    private static byte[] Change(byte[] image, int start, (int Where, int What)[] changes)
    {
        foreach ((int where, int what) in changes.Take(8))
        {
            image[start + where] = (byte)what;
        }

        return image;
    }

    private static void AssertReadOrRefused(byte[] image)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            BpfObjectSpec spec = BpfObjectSpec.Parse(image, "damaged.o");
            foreach (BpfStructOpsMember member in spec.Maps.SelectMany(map => map.StructOps?.All ?? []))
            {
                Assert.Equal(member.Size, member.InitialValue.Length);
            }

            foreach (BpfProgramSpec program in spec.Programs)
            {
                try
                {
                    FunctionLinker.Link(program);
                }
                catch (BpfRelocationException)
                {
                }
            }
        }
        catch (BpfObjectFormatException e)
        {
            Assert.Equal("damaged.o", e.ObjectName);
        }

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }
}

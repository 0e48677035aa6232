using System.Buffers.Binary;
using EbpfNet.Btf;
using EbpfNet.Tests.Objects;

namespace EbpfNet.Tests.Loading;

/// <summary>A kernel's types from a file: no kernel is involved.</summary>
public class KernelBtfTests
{
    private static readonly string TargetPath = Path.Combine(TestObjects.Folder, "core_target.bpf.o");

    [Fact]
    public void Types_are_read_from_an_ELF_file_and_from_the_bare_BTF_in_it()
    {
        KernelBtf fromElf = KernelBtf.ReadFile(TargetPath);
        KernelBtf bare = KernelBtf.Parse(fromElf.Vmlinux.Data, "bare");

        Assert.Equal("core_target.bpf.o", fromElf.Vmlinux.Section);
        Assert.Equal("bare", bare.Vmlinux.Section);
        Assert.Equal(fromElf.Vmlinux.TypeCount, bare.Vmlinux.TypeCount);
        Assert.True(bare.Vmlinux.TryFind("numbers", out BtfStruct? _));
    }

    [Fact]
    public void Types_from_a_file_are_not_the_running_kernels_and_have_no_modules()
    {
        KernelBtf kernel = KernelBtf.ReadFile(TargetPath);
        Assert.False(kernel.IsRunningKernel);
        Assert.Empty(kernel.ModuleNames);
        Assert.Null(kernel.FindModule("nf_conntrack"));
        Assert.Contains("core_target.bpf.o", kernel.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_types_says_what_it_is()
    {
        BpfObjectFormatException elf = Assert.Throws<BpfObjectFormatException>(() => KernelBtf.ReadFile(Path.Combine(TestObjects.Folder, "without_btf.bpf.o")));
        Assert.Equal("without_btf.bpf.o", elf.ObjectName);
        Assert.Contains(".BTF", elf.Message, StringComparison.Ordinal);
        Assert.Throws<BpfObjectFormatException>(() => KernelBtf.Parse("hello"u8.ToArray()));
        Assert.Throws<BpfObjectFormatException>(() => KernelBtf.Parse(Array.Empty<byte>()));
    }

    [Fact]
    public void What_another_kernel_lacks_is_found_without_loading()
    {
        KernelBtf kernel = KernelBtf.ReadFile(TargetPath);

        IReadOnlyList<BpfRelocationException> missing = kernel.FindMissing(TestObjects.Read("core_errors"));

        Assert.Equal(
            ["ambiguous struct twin::a", "ambiguous_flavour struct has_flavour::b", "no_such_type struct absent::a"],
            missing.Select(one => $"{one.Program} {one.Symbol}"));
        Assert.Empty(kernel.FindMissing(TestObjects.Read("socket_filter")));
        Assert.Empty(kernel.FindMissing(TestObjects.Read("without_btf")));
    }

    [Fact]
    public void Looking_ahead_tells_the_place_within_the_function()
    {
        BpfRelocationException guarded = Assert.Single(
            KernelBtf.ReadFile(TargetPath).FindMissing(TestObjects.Read("core_fields")), one => one.Program == "guarded");
        Assert.Equal(("struct numbers::missing", 3), (guarded.Symbol, guarded.Instruction));
    }

    [Fact]
    public void Bytes_changed_anywhere_in_a_kernels_types_are_refused_or_give_an_answer()
    {
        byte[] good = KernelBtf.ReadFile(TargetPath).Vmlinux.Data.ToArray();
        BpfObjectSpec[] objects = [TestObjects.Read("core_fields"), TestObjects.Read("core_types"), TestObjects.Read("core_errors")];
        var random = new Random(4711);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] changed = (byte[])good.Clone();
            for (int j = random.Next(1, 4); j > 0; j--)
            {
                // Mostly in the types; a word at a time, with small numbers, is what leads to other types.
                int at = random.Next(24, changed.Length / 2) & ~3;
                BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), random.Next(3) == 0 ? (uint)random.NextInt64(uint.MaxValue) : (uint)random.Next(200));
            }

            // Both ways to parse: with all references checked first, and checked when they are followed.
            foreach (Func<BtfSpec> parse in (Func<BtfSpec>[])[() => BtfSpec.Parse(changed), () => BtfSpec.ParseKernels(changed, null, "kernel")])
            {
                try
                {
                    BtfSpec types = parse();
                    foreach (BpfObjectSpec spec in objects)
                    {
                        EbpfNet.Loading.MissingTypes.Find(spec, spec.Btf!, new Btf.CoreTarget(types));
                    }
                }
                catch (BpfObjectFormatException)
                {
                    refused++;
                }
            }
        }

        Assert.InRange(refused, 100, 5900);
    }
}

using System.Globalization;
using EbpfNet.Btf;
using EbpfNet.Elf;
using EbpfNet.Tests.Objects;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Symbols;

public class UsdtTests
{
    [Theory]
    [InlineData("-4@$-1204", UsdtArgumentKind.Constant, -1204, 0, 0, 0, 4, true)]
    [InlineData("8@$18446744073709551615", UsdtArgumentKind.Constant, -1, 0, 0, 0, 8, false)]
    [InlineData("8@%rax", UsdtArgumentKind.Register, 0, 80, 0, 0, 8, false)]
    [InlineData("1@%r15b", UsdtArgumentKind.Register, 0, 0, 0, 0, 1, false)]
    [InlineData("-2@%di", UsdtArgumentKind.Register, 0, 112, 0, 0, 2, true)]
    [InlineData("-4@-20(%rbp)", UsdtArgumentKind.Memory, -20, 32, 0, 0, 4, true)]
    [InlineData("8@(%rsp)", UsdtArgumentKind.Memory, 0, 152, 0, 0, 8, false)]
    [InlineData("-1@-96(%rbp,%rax,8)", UsdtArgumentKind.IndexedMemory, -96, 32, 80, 3, 1, true)]
    [InlineData("8@(%rbx,%rcx)", UsdtArgumentKind.IndexedMemory, 0, 40, 88, 0, 8, false)]
    public void Arguments_of_x64_are_understood(string text, object kind, long value, int register, int index, int shift, int size, bool isSigned) =>
        Assert.Equal(new UsdtArgument((UsdtArgumentKind)kind, value, register, index, shift, size, isSigned), UsdtArgument.Parse(text, ElfMachine.X64));

    [Theory]
    [InlineData("-4@5", UsdtArgumentKind.Constant, 5, 0, 0, 0, 4, true)]
    [InlineData("8@x0", UsdtArgumentKind.Register, 0, 0, 0, 0, 8, false)]
    [InlineData("-4@w30", UsdtArgumentKind.Register, 0, 240, 0, 0, 4, true)]
    [InlineData("8@[sp]", UsdtArgumentKind.Memory, 0, 248, 0, 0, 8, false)]
    [InlineData("-4@[sp, 60]", UsdtArgumentKind.Memory, 60, 248, 0, 0, 4, true)]
    [InlineData("-4@[x29, -12]", UsdtArgumentKind.Memory, -12, 232, 0, 0, 4, true)]
    [InlineData("8@[x1, x2, lsl 3]", UsdtArgumentKind.IndexedMemory, 0, 8, 16, 3, 8, false)]
    [InlineData("8@[x1, x2]", UsdtArgumentKind.IndexedMemory, 0, 8, 16, 0, 8, false)]
    public void Arguments_of_arm64_are_understood(string text, object kind, long value, int register, int index, int shift, int size, bool isSigned) =>
        Assert.Equal(new UsdtArgument((UsdtArgumentKind)kind, value, register, index, shift, size, isSigned), UsdtArgument.Parse(text, ElfMachine.Arm64));

    [Theory]
    [InlineData("", ElfMachine.X64, "does not begin with a size")]
    [InlineData("3@%rax", ElfMachine.X64, "does not begin with a size")]
    [InlineData("8f@%xmm0", ElfMachine.X64, "floating-point")]
    [InlineData("8@%xmm0", ElfMachine.X64, "'xmm0' is no register")]
    [InlineData("8@%ah", ElfMachine.X64, "'ah' is no register")]
    [InlineData("8@global(%rip)", ElfMachine.X64, "neither a constant")]
    [InlineData("8@x0", ElfMachine.X64, "neither a constant")]
    [InlineData("8@%rax", ElfMachine.Arm64, "neither a constant")]
    [InlineData("8@x31", ElfMachine.Arm64, "'x31' is no register")]
    [InlineData("8@$99999999999999999999", ElfMachine.X64, "too large")]
    [InlineData("8@x0", ElfMachine.Bpf, "are not known")]
    public void What_cannot_be_told_a_program_is_refused(string text, ElfMachine machine, string problem)
    {
        BpfObjectFormatException e = Assert.Throws<BpfObjectFormatException>(() => UsdtArgument.Parse(text, machine));

        Assert.Contains(problem, e.Problem, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", e.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Blanks_part_arguments_but_not_what_is_in_brackets()
    {
        Assert.Equal(3, UsdtArgument.ParseAll("  -4@[sp, 60] 8@x0\t8@[x1, x2, lsl 3] ", ElfMachine.Arm64).Count);
        Assert.Empty(UsdtArgument.ParseAll("", ElfMachine.X64));
    }

    [Fact]
    public void Memory_at_two_registers_is_read_as_it_is_written() =>
        Prop.ForAll(
            (from size in Gen.Elements(1, 2, 4, 8)
             from signed in Gen.Elements("", "-")
             from distance in Gen.Choose(int.MinValue, int.MaxValue)
             from shift in Gen.Choose(0, 3)
             select (size, signed, distance, shift)).ToArbitrary(),
            given =>
            {
                string text = string.Create(CultureInfo.InvariantCulture, $"{given.signed}{given.size}@{given.distance}(%rdi,%rsi,{1 << given.shift})");
                Assert.Equal(new UsdtArgument(UsdtArgumentKind.IndexedMemory, given.distance, 112, 104, given.shift, given.size, given.signed.Length > 0), UsdtArgument.Parse(text, ElfMachine.X64));
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Prop.ForAll(Gen.Elements('8', '4', '-', '@', '$', '%', '(', ')', '[', ']', ',', ' ', 'r', 'a', 'x', '0', '9', 'f', '\n', '#').ListOf().Select(letters => new string([.. letters])).ToArbitrary(), text =>
        {
            foreach (ElfMachine machine in new[] { ElfMachine.X64, ElfMachine.Arm64 })
            {
                try
                {
                    _ = UsdtArgument.ParseAll("8@" + text, machine);
                }
                catch (BpfObjectFormatException)
                {
                    // As it should be.
                }
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Notes_are_read_and_moved_with_their_library()
    {
        byte[] image = new ProbeImage().AddSection(".stapsdt.base", [0], address: 0x2100).AddProbe("lib", "start", 0x1000, 0x2000, 0x3000, "8@%rax").AddProbe("lib", "end", 0x1010, 0x2000, 0, "").Build();

        Assert.Equal([new UsdtNote("lib", "start", 0x1100, 0x3100, "8@%rax"), new UsdtNote("lib", "end", 0x1110, 0, "")], UsdtNote.Read(ElfFile.Parse(image)));
    }

    [Fact]
    public void A_note_that_is_cut_off_is_refused() =>
        Assert.Throws<BpfObjectFormatException>(() => UsdtNote.Read(ElfFile.Parse(new ProbeImage().AddNote(".note.stapsdt", "stapsdt", 3, new byte[24]).Build())));

    [Theory]
    [InlineData("usdt", 24)]
    [InlineData("usdt_before_1_7", 16)]
    public void Both_layouts_are_known_by_types_and_by_size(string name, int stride)
    {
        BpfMapSpec map = TestObjects.Read(name).Maps["__bpf_usdt_specs"];
        BtfSpec types = BtfSpec.Parse(ElfFile.Parse(TestObjects.Bytes(name)).FindSection(".BTF")!.Data);
        UsdtLayout byTypes = UsdtLayout.FromTypes(types, types.FindAll("__bpf_usdt_spec").Single().Id);
        UsdtLayout bySize = UsdtLayout.FromSize((int)map.ValueSize);
        UsdtArgument[] arguments =
        [
            new(UsdtArgumentKind.Constant, -5, 0, 0, 0, 4, true),
            new(UsdtArgumentKind.Memory, -20, 152, 0, 0, 8, false),
            .. stride == 24 ? new[] { new UsdtArgument(UsdtArgumentKind.IndexedMemory, 8, 32, 0x123, 3, 1, true) } : [],
        ];

        byte[] bytes = byTypes.Write(arguments, 0x1122334455667788);

        Assert.Equal(bytes, bySize.Write(arguments, 0x1122334455667788));
        Assert.Equal((12 * stride) + 16, bytes.Length);
        Assert.Equal([0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], bytes[..12]);
        Assert.Equal([1, 32], bytes.AsSpan(stride - (stride == 24 ? 8 : 2), 2).ToArray());
        Assert.Equal([0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, (byte)arguments.Length, 0], bytes.AsSpan(12 * stride, 10).ToArray());
        if (stride == 24)
        {
            Assert.Equal([3, 0, 0x23, 0x31, 0, 0, 32, 0, 1, 56], bytes.AsSpan((2 * stride) + 8, 10).ToArray());
        }
        else
        {
            Assert.Throws<BpfNotSupportedException>(() => byTypes.Write([new UsdtArgument(UsdtArgumentKind.IndexedMemory, 0, 0, 0, 0, 8, false)], 0));
        }

        Assert.Throws<BpfNotSupportedException>(() => byTypes.Write([.. Enumerable.Repeat(arguments[0], 13)], 0));
        Assert.Throws<BpfLayoutException>(() => UsdtLayout.FromSize(100));
    }
}

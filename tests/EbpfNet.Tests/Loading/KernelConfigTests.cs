using System.IO.Compression;
using System.Text;
using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Loading;
using EbpfNet.Objects;
using EbpfNet.Tests.Objects;

namespace EbpfNet.Tests.Loading;

/// <summary>Where the values of the kernel's options come from, and where they go.</summary>
public class KernelConfigTests
{
    private readonly BpfObjectSpec _spec = TestObjects.Read("kernel_config");

    [Fact]
    public void Options_are_where_libbpf_has_them_and_are_variables_of_a_map()
    {
        BpfMapSpec map = _spec.Maps[".kconfig"];

        Assert.Equal(_spec.Maps.Names[^1], map.Name);
        Assert.Equal((BpfMapType.Array, 4, 1u, true), (map.Type, map.KeySize, map.MaxEntries, map.IsFrozen));
        Assert.Equal(BpfMapFlags.ReadOnlyProgram | BpfMapFlags.Mmapable, map.Flags);
        Assert.Equal("kernel_.kconfig", map.KernelName);
        Assert.Equal(134, map.ValueSize);
        Assert.Equal(
            "CONFIG_ILLEGAL_POINTER_VALUE 0 CONFIG_TEST_S64 8 CONFIG_TEST_U64 16 CONFIG_HZ 24 CONFIG_NET 28 CONFIG_TEST_S32 32 CONFIG_TEST_TRISTATE 36 CONFIG_TEST_U32 40 "
            + "LINUX_HAS_NO_SUCH_THING 44 LINUX_KERNEL_VERSION 48 CONFIG_TEST_S16 52 CONFIG_TEST_U16 54 CONFIG_BPF_SYSCALL 56 CONFIG_TEST_BOOL 57 CONFIG_TEST_CHAR 58 "
            + "CONFIG_TEST_U8 59 LINUX_HAS_BPF_COOKIE 60 LINUX_HAS_SYSCALL_WRAPPER 61 CONFIG_TEST_STRING 62 CONFIG_CC_VERSION_TEXT 70",
            string.Join(' ', _spec.Variables.Where(variable => variable.Map == map).OrderBy(variable => variable.Offset).Select(variable => $"{variable.Name} {variable.Offset}")));
    }

    [Fact]
    public void The_kernel_is_told_the_same_places()
    {
        BtfSpec encoded = BtfSpec.Parse(ObjectBtf.Encode(_spec));

        Assert.True(encoded.TryFind(".kconfig", out BtfDataSection? section));
        Assert.Equal(134u, section.Size);
        Assert.Equal(
            _spec.Variables.Where(variable => variable.SectionName == ".kconfig").OrderBy(variable => variable.Offset).Select(variable => (variable.Name, variable.Offset, variable.Size)),
            section.Entries.Select(entry => (encoded.Get<BtfVariable>(entry.Variable).Name, (int)entry.Offset, (int)entry.Size)));
    }

    [Fact]
    public void Of_several_values_the_first_counts_and_what_is_given_comes_before_the_kernels()
    {
        _spec.Variables["CONFIG_TEST_U64"].SetValue(5ul);

        KernelOptions options = Read("CONFIG_TEST_U32=1\n# CONFIG_TEST_BOOL is not set\nCONFIG_TEST_U32=2\nCONFIG_TEST_U64=2\n", "CONFIG_TEST_U32=3\nCONFIG_TEST_S32=-3\nCONFIG_TEST_S32=4\nCONFIG_TEST_U64=3\nCONFIG_HZ=250");

        Assert.Equal(1u, Value<uint>(options, "CONFIG_TEST_U32"));
        Assert.Equal(-3, Value<int>(options, "CONFIG_TEST_S32"));
        Assert.Equal(5ul, Value<ulong>(options, "CONFIG_TEST_U64"));
        Assert.Equal(250u, Value<uint>(options, "CONFIG_HZ"));
        Assert.Equal(0, Value<byte>(options, "CONFIG_TEST_BOOL"));
    }

    [Fact]
    public void The_spec_stays_as_it_was()
    {
        Read("CONFIG_TEST_U32=1", "CONFIG_HZ=250");

        Assert.True(_spec.Maps[".kconfig"].InitialValue.IsEmpty);
        Assert.Equal(0u, _spec.Variables["CONFIG_TEST_U32"].GetValue<uint>());
    }

    [Fact]
    public void The_kernels_configuration_is_not_read_when_nothing_more_is_asked_for()
    {
        foreach (BpfExtern option in _spec.Externs.Where(one => one.Name.StartsWith("CONFIG_", StringComparison.Ordinal)))
        {
            BpfVariableSpec variable = _spec.Variables[option.Name];
            variable.SetValue(new byte[variable.Size]);
        }

        KernelOptions options = KernelOptions.Read(_spec, _spec.Maps[".kconfig"], null, () => throw new InvalidOperationException("Nobody should open it."), _ => 1);

        Assert.Null(options.ProblemOf(Extern("CONFIG_HZ")));
    }

    [Fact]
    public void Facts_are_not_looked_for_in_the_configuration_and_unknown_ones_are_zero_for_who_asks_weakly()
    {
        KernelOptions options = Read(null, "LINUX_KERNEL_VERSION=1\n", name => name switch { "LINUX_KERNEL_VERSION" => 0x060102, "LINUX_HAS_BPF_COOKIE" => 1, _ => null });

        Assert.Equal(0x060102u, Value<uint>(options, "LINUX_KERNEL_VERSION"));
        Assert.Equal(1, Value<byte>(options, "LINUX_HAS_BPF_COOKIE"));
        Assert.Equal(0u, Value<uint>(options, "LINUX_HAS_NO_SUCH_THING"));
        Assert.Null(options.ProblemOf(Extern("LINUX_HAS_NO_SUCH_THING")));
        Assert.Null(options.ProblemOf(Extern("LINUX_HAS_SYSCALL_WRAPPER")));
    }

    [Fact]
    public void A_fact_that_nobody_knows_is_a_problem_for_who_needs_it()
    {
        KernelOptions options = Read(null, "CONFIG_HZ=1", _ => null);

        Assert.Contains("LINUX_HAS_SYSCALL_WRAPPER", options.ProblemOf(Extern("LINUX_HAS_BPF_COOKIE")), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_do_not_fit_are_a_matter_of_those_who_need_them()
    {
        KernelOptions options = Read(null, "CONFIG_TEST_U8=256\nCONFIG_TEST_BOOL=m\nCONFIG_TEST_U16=7\n");

        Assert.Contains("256", options.ProblemOf(Extern("CONFIG_TEST_U8")), StringComparison.Ordinal);
        Assert.Contains("_Bool", options.ProblemOf(Extern("CONFIG_TEST_BOOL")), StringComparison.Ordinal);
        Assert.Null(options.ProblemOf(Extern("CONFIG_TEST_U16")));
        Assert.Equal(7, Value<ushort>(options, "CONFIG_TEST_U16"));
    }

    [Fact]
    public void A_missing_option_is_a_problem_unless_it_is_weak()
    {
        KernelOptions without = KernelOptions.Read(_spec, _spec.Maps[".kconfig"], null, () => null, _ => 0);
        KernelOptions unset = Read(null, "");

        Assert.Contains("/proc/config.gz", without.ProblemOf(Extern("CONFIG_HZ")), StringComparison.Ordinal);
        Assert.Contains("does not set it", unset.ProblemOf(Extern("CONFIG_HZ")), StringComparison.Ordinal);
        Assert.Null(without.ProblemOf(Extern("CONFIG_TEST_U32")));
        Assert.Null(unset.ProblemOf(Extern("CONFIG_TEST_U32")));
    }

    [Fact]
    public void A_damaged_configuration_is_a_problem_that_says_so_even_to_who_asks_weakly()
    {
        KernelOptions options = KernelOptions.Read(_spec, _spec.Maps[".kconfig"], null, () => throw new InvalidDataException("The archive entry was compressed wrongly."), _ => 0);

        Assert.Contains("compressed wrongly", options.ProblemOf(Extern("CONFIG_HZ")), StringComparison.Ordinal);
        Assert.Contains("compressed wrongly", options.ProblemOf(Extern("CONFIG_TEST_U32")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_of_another_type_is_a_problem_of_the_programs_that_use_it()
    {
        BpfObjectSpec spec = TestObjects.Read("kernel_config_errors");
        KernelOptions options = KernelOptions.Read(spec, spec.Maps[".kconfig"], null, () => new StringReader("CONFIG_TEST_STRONG=y"), _ => 0);

        Assert.Equal(KernelOptions.UnsupportedType, options.ProblemOf(spec.Externs.Single(one => one.Name == "CONFIG_TEST_ENUM")));
        Assert.Null(options.ProblemOf(spec.Externs.Single(one => one.Name == "CONFIG_TEST_STRONG")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_first_file_that_is_there_is_read_compressed_or_not(bool isCompressed)
    {
        string folder = Directory.CreateTempSubdirectory("ebpfnet").FullName;
        try
        {
            string path = Path.Combine(folder, "config");
            byte[] text = Encoding.ASCII.GetBytes("#\n# Linux\n#\nCONFIG_HZ=100\n");
            using (FileStream file = File.Create(path))
            using (Stream written = isCompressed ? new GZipStream(file, CompressionLevel.Fastest) : file)
            {
                written.Write(text);
            }

            File.WriteAllText(Path.Combine(folder, "later"), "CONFIG_HZ=1");
            using TextReader? opened = KernelConfigFile.TryOpen([Path.Combine(folder, "missing"), folder, path, Path.Combine(folder, "later")]);

            Assert.Equal(Encoding.ASCII.GetString(text), opened?.ReadToEnd());
            Assert.Null(KernelConfigFile.TryOpen([Path.Combine(folder, "missing")]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_file_that_is_there_and_cannot_be_opened_is_not_said_to_be_missing()
    {
        string path = Path.GetTempFileName();
        try
        {
            using FileStream locked = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

            IOException failure = Assert.Throws<IOException>(() => KernelConfigFile.TryOpen([path, path + ".missing"]));
            KernelOptions options = KernelOptions.Read(_spec, _spec.Maps[".kconfig"], null, () => KernelConfigFile.TryOpen([path]), _ => 0);

            Assert.All(_spec.Externs.Where(one => one.Name.StartsWith("CONFIG_", StringComparison.Ordinal) && options.ProblemOf(one) != KernelOptions.UnsupportedType), one =>
                Assert.Contains("cannot be read: " + failure.Message.TrimEnd('.'), options.ProblemOf(one), StringComparison.Ordinal)); // Weak ones too: they may well be set.
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("CONFIG_HZ=250", true)]
    [InlineData("# CONFIG_HZ is not set\n\n  \nCONFIG_A=\"x\"\r\n", true)]
    [InlineData("CONFIG_HZ", false)]
    [InlineData("CONFIG_HZ=", false)]
    [InlineData("CONFIG_=1", false)]
    [InlineData("HZ=1", false)]
    [InlineData("/boot/config", false)]
    public void What_is_given_has_to_be_options_line_by_line(string text, bool isRight)
    {
        if (isRight)
        {
            Assert.Equal(text, new BpfLoadOptions { KernelConfig = text }.KernelConfig);
        }
        else
        {
            Assert.Contains($"'{text}'", Assert.Throws<ArgumentException>(() => new BpfLoadOptions { KernelConfig = text }).Message, StringComparison.Ordinal);
        }
    }

    private KernelOptions Read(string? given, string system, Func<string, ulong?>? facts = null) =>
        KernelOptions.Read(_spec, _spec.Maps[".kconfig"], given, () => new StringReader(system), facts ?? (_ => 0));

    private BpfExtern Extern(string name) => _spec.Externs.Single(one => one.Name == name);

    private T Value<T>(KernelOptions options, string name)
        where T : unmanaged =>
        System.Runtime.InteropServices.MemoryMarshal.Read<T>(options.Contents.Span[_spec.Variables[name].Offset..]);
}

using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Options of the kernel's configuration as programs see them.</summary>
public sealed class KernelConfigTests : KernelTest
{
    private static readonly byte[] Packet = new byte[64];

    [SkippableFact]
    public void Programs_see_what_the_running_kernels_configuration_says()
    {
        Dictionary<string, string> config = ReadConfig();
        using BpfObject loaded = Load("kernel_config", ["read_real_values"]);

        RealValues seen = Run<RealValues>(loaded, "read_real_values", "real_values");

        Assert.Equal(uint.Parse(config["CONFIG_HZ"], CultureInfo.InvariantCulture), seen.Hz);
        Assert.Equal("nym".IndexOf(config["CONFIG_NET"][0], StringComparison.Ordinal), (int)seen.Net);
        Assert.Equal(1, seen.BpfSyscall);
        Assert.Equal(config.TryGetValue("CONFIG_ILLEGAL_POINTER_VALUE", out string? pointer) ? Convert.ToUInt64(pointer, 16) : 0, seen.IllegalPointer);
        string compiler = config["CONFIG_CC_VERSION_TEXT"].Trim('"');
        Assert.Equal(compiler[..Math.Min(compiler.Length, 63)], seen.ReadCompiler());
    }

    [SkippableFact]
    public void Programs_see_the_facts_about_the_kernel()
    {
        using BpfObject loaded = Load("kernel_config", ["read_real_values"]);

        RealValues seen = Run<RealValues>(loaded, "read_real_values", "real_values");

        Version version = Environment.OSVersion.Version;
        Assert.Equal(((uint)version.Major << 8) + (uint)version.Minor, seen.Version >> 8);
        Assert.Equal(version >= new Version(5, 15) ? 1 : 0, seen.HasCookie);
        Assert.Equal(1, seen.HasWrapper);
        Assert.Equal(0, seen.Unknown);
    }

    [SkippableFact]
    public void Programs_see_the_values_that_were_given_in_every_type()
    {
        const string Config =
            """
            # What no kernel has.
            CONFIG_TEST_BOOL=y
            CONFIG_TEST_TRISTATE=m
            CONFIG_TEST_CHAR=m
            CONFIG_TEST_STRING="too long"
            CONFIG_TEST_U8=255
            CONFIG_TEST_S16=-2
            CONFIG_TEST_U16=0xffff
            CONFIG_TEST_S32=-3
            CONFIG_TEST_U32=010
            CONFIG_TEST_S64=-4
            CONFIG_TEST_U64=18446744073709551615
            """;
        using BpfObject loaded = Load("kernel_config", ["read_test_values"], new BpfLoadOptions { KernelConfig = Config });

        TestValues seen = Run<TestValues>(loaded, "read_test_values", "test_values");

        Assert.Equal(
            (1, 2u, (byte)'m', (byte)255, (short)-2, (ushort)0xffff, -3, 8u, -4L, ulong.MaxValue),
            ((int)seen.Boolean, seen.Tristate, seen.Character, seen.U8, seen.S16, seen.U16, seen.S32, seen.U32, seen.S64, seen.U64));
        Assert.Equal("too lon", seen.ReadString());
    }

    [SkippableFact]
    public void Weak_options_that_nobody_sets_are_zero()
    {
        using BpfObject loaded = Load("kernel_config", ["read_test_values"]);

        TestValues seen = Run<TestValues>(loaded, "read_test_values", "test_values");

        Assert.All(MemoryMarshal.AsBytes([seen]).ToArray(), one => Assert.Equal(0, one));
    }

    [SkippableFact]
    public void The_specs_variables_come_before_what_is_given_and_before_the_kernel()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("kernel_config", "read_real_values", "read_test_values");
        spec.Variables["CONFIG_HZ"].SetValue(12345u);
        spec.Variables["CONFIG_TEST_U32"].SetValue(1u);
        spec.Variables["LINUX_KERNEL_VERSION"].SetValue(77u);
        using BpfObject loaded = BpfObject.Load(spec, new BpfLoadOptions { KernelConfig = "CONFIG_TEST_U32=2\nCONFIG_NET=n" });

        RealValues real = Run<RealValues>(loaded, "read_real_values", "real_values");

        Assert.Equal((12345u, 0u, 77u), (real.Hz, real.Net, real.Version));
        Assert.Equal(1u, Run<TestValues>(loaded, "read_test_values", "test_values").U32);
    }

    [SkippableFact]
    public void User_space_reads_the_options_and_nobody_writes_them()
    {
        using BpfObject loaded = Load("kernel_config", ["needs_bpf"], new BpfLoadOptions { KernelConfig = "CONFIG_TEST_S64=-9" });

        BpfMap map = loaded.Maps[".kconfig"];
        Assert.Equal(-9, loaded.GetVariable<long>("CONFIG_TEST_S64").Value);
        Assert.Equal(uint.Parse(ReadConfig()["CONFIG_HZ"], CultureInfo.InvariantCulture), loaded.GetVariable<uint>("CONFIG_HZ").Value);
        Assert.Equal(BpfMapFlags.ReadOnlyProgram | BpfMapFlags.Mmapable, map.Flags);
        Assert.NotEqual(0u, KernelObjects.GetInfo<MapInfoData>(map.Handle, "").BtfValueTypeId);
        Assert.Equal(BpfErrno.EPERM, MapValues.Write(map, new byte[map.ValueSize]));
        Assert.Throws<InvalidOperationException>(() => loaded.GetVariable<long>("CONFIG_TEST_S64").Value = 1);
    }

    [SkippableFact]
    public void Code_for_another_configuration_is_not_verified()
    {
        using BpfObject loaded = Load("kernel_config", ["needs_bpf"]);

        Assert.Equal((uint)XdpAction.Pass, loaded.Programs["needs_bpf"].TestRun(new BpfTestRun(Packet)).ReturnValue);
        Assert.Throws<BpfVerifierException>(() => Load("kernel_config", ["needs_bpf"], new BpfLoadOptions { KernelConfig = "CONFIG_BPF_SYSCALL=n" }));
    }

    [SkippableTheory]
    [InlineData("needs_strong", "CONFIG_TEST_STRONG", "does not set it")]
    [InlineData("needs_enum", "CONFIG_TEST_ENUM", "type that no option")]
    public void What_cannot_be_had_is_a_matter_of_the_programs_that_need_it(string program, string option, string reason)
    {
        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(() => Load("kernel_config_errors", [program]));

        Assert.Equal((option, program, 0), (refused.Symbol, refused.Program, refused.Instruction));
        Assert.Contains(reason, refused.Problem, StringComparison.Ordinal);
        using BpfObject others = Load("kernel_config_errors", ["read_test_values", "read_real_values", "needs_bpf"]);
    }

    [SkippableFact]
    public void A_strong_option_is_there_once_it_is_given()
    {
        using BpfObject loaded = Load("kernel_config_errors", ["needs_strong"], new BpfLoadOptions { KernelConfig = "CONFIG_TEST_STRONG=y" });

        Assert.Equal((uint)XdpAction.Pass, loaded.Programs["needs_strong"].TestRun(new BpfTestRun(Packet)).ReturnValue);
    }

    [SkippableFact]
    public void A_value_that_does_not_fit_names_option_value_and_type()
    {
        BpfRelocationException refused = Assert.Throws<BpfRelocationException>(
            () => Load("kernel_config", ["read_test_values"], new BpfLoadOptions { KernelConfig = "CONFIG_TEST_U16=70000" }));

        Assert.Equal("CONFIG_TEST_U16", refused.Symbol);
        Assert.Contains("70000", refused.Message, StringComparison.Ordinal);
        Assert.Contains("unsigned integer of 2 bytes", refused.Message, StringComparison.Ordinal);
    }

    private static BpfObject Load(string name, string[] programs, BpfLoadOptions? options = null) => BpfObject.Load(TestObjects.ReadOnly(name, programs), options);

    private static T Run<T>(BpfObject loaded, string program, string variable)
        where T : unmanaged
    {
        Assert.Equal((uint)XdpAction.Pass, loaded.Programs[program].TestRun(new BpfTestRun(Packet)).ReturnValue);
        return MemoryMarshal.Read<T>(MapValues.Read(loaded.Maps[".bss"]).AsSpan(OffsetOf(loaded, variable)));
    }

    private static int OffsetOf(BpfObject loaded, string variable) => TestObjects.Read(loaded.Name).Variables[variable].Offset;

    /// <summary>The configuration as its file has it, read in the plainest way.</summary>
    private static Dictionary<string, string> ReadConfig()
    {
        string release = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        string boot = $"/boot/config-{release}";
        Skip.IfNot(File.Exists(boot) || File.Exists("/proc/config.gz"), "the kernel's configuration is in neither of its places");
        using Stream file = File.Exists(boot) ? File.OpenRead(boot) : new GZipStream(File.OpenRead("/proc/config.gz"), CompressionMode.Decompress);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n').Where(line => line.StartsWith("CONFIG_", StringComparison.Ordinal)).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct TestValues
    {
        public ulong U64;
        public long S64;
        public uint U32;
        public int S32;
        public ushort U16;
        public short S16;
        public byte U8;
        public byte Character;
        public byte Boolean;
        private readonly byte _padding;
        public uint Tristate;
        private fixed byte _string[8];

        public string ReadString()
        {
            fixed (byte* text = _string)
            {
                return Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct RealValues
    {
        public uint Version;
        public uint Hz;
        public uint Net;
        public byte BpfSyscall;
        public byte HasCookie;
        public byte HasWrapper;
        public byte Unknown;
        public ulong IllegalPointer;
        private fixed byte _compiler[64];

        public string ReadCompiler()
        {
            fixed (byte* text = _compiler)
            {
                return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
            }
        }
    }
}

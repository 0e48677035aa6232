using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using EbpfNet.Kernel;
using EbpfNet.Tests.Elf;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Symbols;

/// <summary>Files, functions and tracepoints by name, without a kernel.</summary>
public class ProbePlaceTests
{
    [Fact]
    public void A_pattern_matches_as_a_regular_expression_does() =>
        Prop.ForAll(Letters("ab*?").ToArbitrary(), Letters("ab").ToArbitrary(), (pattern, name) =>
            Assert.Equal(Regex.IsMatch(name, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$"), Glob.Matches(pattern, name))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_pattern_of_many_stars_ends_soon() => Assert.False(Glob.Matches(string.Concat(Enumerable.Repeat("*a", 500)) + "b", new string('a', 5000)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_dynamic_linkers_cache_is_read_in_both_forms(bool behindOldForm)
    {
        byte[] cache = Cache(behindOldForm, ("libz.so.1", "/opt/special/libz.so.1", 0x303, 1ul << 62), ("libz.so.1", "/lib/libz.so.1", 0x303, 0), ("libz.so.1", "/lib32/libz.so.1", 0x3, 0), ("liba.so", "/arm/liba.so", 0xa03, 0));

        Assert.Equal([("libz.so.1", "/lib/libz.so.1"), ("libz.so.1", "/opt/special/libz.so.1")], LibraryCache.Parse(cache, System.Runtime.InteropServices.Architecture.X64));
        Assert.Equal([("liba.so", "/arm/liba.so")], LibraryCache.Parse(cache, System.Runtime.InteropServices.Architecture.Arm64));
    }

    [Fact]
    public void A_damaged_cache_is_read_or_refused() =>
        Prop.ForAll(Damage.Of(Cache(false, ("liba.so", "/lib/liba.so", 0x303, 0)), Cache(true, ("liba.so", "/lib/liba.so", 0x303, 0))), bytes =>
        {
            try
            {
                _ = LibraryCache.Parse(bytes, System.Runtime.InteropServices.Architecture.X64);
            }
            catch (BpfObjectFormatException)
            {
                // As it should be.
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("libc", "/lib/libc.so.6")]
    [InlineData("c", "/lib/libc.so.6")]
    [InlineData("libc.so.6", "/lib/libc.so.6")]
    [InlineData("libown.so", "/own/libown.so")]
    [InlineData("libown", "/own/libown.so.2")]
    [InlineData("bash", "/bin/bash")]
    [InlineData("/any/where", "/any/where")]
    public void Files_are_found_by_short_names(string name, string path) => Assert.Equal(path, SearchPath().Find(name, "probe"));

    [Theory]
    [InlineData("libcc.so.6", "`libcc.so.6`: did you mean `libc.so.6`?")]
    [InlineData("libcc", "`libcc`: did you mean `libc`?")]
    [InlineData("bsh", "`bsh`: did you mean `bash`?")]
    [InlineData("/any/wher", "`wher`: did you mean `where`?")]
    [InlineData("something_entirely_different", "give the path of the file")]
    public void A_file_that_is_not_there_is_refused_with_the_nearest(string name, string advice)
    {
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => SearchPath().Find(name, "probe it"));

        Assert.Equal((BpfErrno.ENOENT, "probe it"), (e.Error, e.Operation));
        Assert.Contains(advice, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_functions_of_a_system_call_are_those_of_the_processor()
    {
        Assert.Equal(["__x64_sys_openat", "__se_sys_openat", "SyS_openat", "sys_openat"], KernelArchitecture.X64.FunctionsOfSystemCall("openat"));
        Assert.Equal("__arm64_sys_openat", KernelArchitecture.Arm64.FunctionsOfSystemCall("openat")[0]);
    }

    [Theory]
    [InlineData("/usr/lib/libc.so.6:malloc", "/usr/lib/libc.so.6", "malloc", 0)]
    [InlineData("libc:malloc+0x10", "libc", "malloc", 16)]
    [InlineData("libc:memcpy@GLIBC_2.2.5+4", "libc", "memcpy@GLIBC_2.2.5", 4)]
    [InlineData("/bin/a:b:0x1f", "/bin/a:b", null, 31)]
    [InlineData("/bin/a:31", "/bin/a", null, 31)]
    public void A_section_of_a_probe_in_a_file_is_taken_apart(string target, string file, string? function, int offset)
    {
        Assert.True(ProbeSections.TryParseUprobe(target, out string foundFile, out string? foundFunction, out ulong foundOffset));
        Assert.Equal((file, function, (ulong)offset), (foundFile, foundFunction, foundOffset));
    }

    [Theory]
    [InlineData("")]
    [InlineData("malloc")]
    [InlineData(":malloc")]
    [InlineData("libc:")]
    [InlineData("libc:malloc+")]
    [InlineData("libc:malloc+zz")]
    public void A_section_that_names_no_place_is_not_understood(string target) => Assert.False(ProbeSections.TryParseUprobe(target, out _, out _, out _));

    [Fact]
    public void Definitions_in_tracefs_tell_whose_they_are()
    {
        TraceProbeOwner someone = new(1234, 56789, 4026531836);
        Assert.True(TraceProbeName.TryParse($"p:{TraceProbeName.GroupOf(someone)}/p7 do_exit", out string name, out TraceProbeOwner owner));
        Assert.Equal(("ebpfnet_1234_56789_4026531836/p7", someone), (name, owner));
        Assert.All(
            ["", "p:kprobes/p7 do_exit", "p:ebpfnet_1234/p7 do_exit", "p:ebpfnet_1234_5/p7 do_exit", "p:ebpfnet_1234_x_1/p7 do_exit", "p:ebpfnet_1_2_3 x", "p do_exit"],
            line => Assert.False(TraceProbeName.TryParse(line, out _, out _)));
    }

    [Fact]
    public void Tracefs_is_found_where_it_is_mounted()
    {
        string[] mounts = ["proc /proc proc rw 0 0", "tracefs /my\\040traces tracefs rw 0 0"];
        Assert.Equal("/my traces", TraceFileSystem.Find(folder => folder == "/my traces/events", () => mounts));
        Assert.Equal("/sys/kernel/debug/tracing", TraceFileSystem.Find(folder => folder != "/sys/kernel/tracing/events", () => mounts));
        Assert.Null(TraceFileSystem.Find(_ => false, () => mounts));
    }

    [Theory]
    [InlineData("config:0", 0)]
    [InlineData("config:32-63", 32)]
    [InlineData("config1:0", null)]
    [InlineData("config:x", null)]
    [InlineData(null, null)]
    public void The_place_of_an_option_is_read_from_its_format(string? format, int? bit) => Assert.Equal(bit, ProbeUnit.FirstBit(format));

    [Fact]
    public void Functions_that_can_be_watched_are_those_of_the_form_of_modules_last()
    {
        (string[] kernel, string[] modules) = TraceableFunctions.Parse(["tcp_close", "tcp_open [net]", "tcp_close [net]", "__ftrace_invalid_address___7", "udp", "tcp_again"], "tcp_*");
        Assert.Equal(["tcp_again", "tcp_close"], kernel);
        Assert.Equal(["tcp_open"], modules);
    }

    [Fact]
    public void A_kernel_function_that_is_not_there_is_described()
    {
        List<string> names = KernelFunctions.ParseNames("0 T tcp_close\n0 t tcp_v4.isra.0\n0 D tcp_data\n0 t\tmod_fn\t[m]\nnonsense\n"u8.ToArray());
        Assert.Equal(["tcp_close", "tcp_v4.isra.0", "mod_fn"], names);
        Assert.Equal("`tcp_clos`: did you mean `tcp_close`?", KernelFunctions.DescribeMissing("tcp_clos", names));
        Assert.Contains("`tcp_v4.isra.0` of `tcp_v4`", KernelFunctions.DescribeMissing("tcp_v4", names), StringComparison.Ordinal);
        Assert.Null(KernelFunctions.DescribeMissing("tcp_close", names));
        Assert.Null(KernelFunctions.DescribeMissing("tcp_close", []));
    }

    [Theory]
    [InlineData(BpfErrno.EBADF, FeatureAnswer.Yes)]
    [InlineData(BpfErrno.EINVAL, FeatureAnswer.No)]
    [InlineData(BpfErrno.EPERM, FeatureAnswer.Inconclusive)]
    public void Links_to_what_descriptors_name_are_known_by_the_answer_to_one_to_nothing(BpfErrno error, object answer) => Assert.Equal((FeatureAnswer)answer, SmallestProgram.JudgeLinkToNothing(error));

    private static Gen<string> Letters(string letters) => Gen.Elements(letters.ToCharArray()).ListOf().Select(list => new string([.. list]));

    private static BinarySearchPath SearchPath()
    {
        string[] files = ["/own/libown.so", "/own/libown.so.2", "/lib/libc.so.6", "/bin/bash", "/any/where"];
        return new BinarySearchPath(
            files.Contains, folder => files.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal)).Select(file => file[(folder.Length + 1)..]), "/bin", "/own", () => [("libc.so.6", "/lib/libc.so.6")]);
    }

    private static byte[] Cache(bool behindOldForm, params (string Name, string Path, uint Flags, ulong Capabilities)[] libraries)
    {
        var strings = new MemoryStream();
        byte[] cache = new byte[48 + (libraries.Length * 24)];
        "glibc-ld.so.cache1.1"u8.CopyTo(cache);
        BinaryPrimitives.WriteUInt32LittleEndian(cache.AsSpan(20), (uint)libraries.Length);
        for (int i = 0; i < libraries.Length; i++)
        {
            Span<byte> entry = cache.AsSpan(48 + (i * 24));
            BinaryPrimitives.WriteUInt32LittleEndian(entry, libraries[i].Flags);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], AddString(libraries[i].Name));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], AddString(libraries[i].Path));
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], libraries[i].Capabilities);
        }

        byte[] old = [.. "ld.so-1.7.0\0"u8, 1, 0, 0, 0, .. new byte[12], .. new byte[4]]; // One library, filled up to a multiple of 8.
        return [.. behindOldForm ? old : [], .. cache, .. strings.ToArray()];

        uint AddString(string text)
        {
            uint at = (uint)(cache.Length + strings.Length);
            strings.Write(Encoding.UTF8.GetBytes(text + '\0'));
            return at;
        }
    }
}

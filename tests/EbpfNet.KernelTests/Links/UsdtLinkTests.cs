using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs read the arguments of a C program's USDT probes: attached to all places by one link, to each by its own, by perf events, by tracefs, and without cookies as before Linux 5.15.</summary>
[Trait("OtherKernels", "")]
public sealed class UsdtLinkTests : KernelTest
{
    private const string Provider = "probed";

    private readonly TraceFiles _files;
    private readonly List<IDisposable> _scopes;

    public UsdtLinkTests()
    {
        _scopes = [];
        _files = new TraceFiles();
    }

    public override void Dispose()
    {
        _scopes.ForEach(scope => scope.Dispose());
        _files.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(true, ProbeWay.Link, "usdt")]
    [InlineData(true, ProbeWay.Link, "usdt_before_1_7")]
    [InlineData(false, ProbeWay.Link, "usdt")]
    [InlineData(false, ProbeWay.Event, "usdt")]
    [InlineData(false, ProbeWay.Defined, "usdt_before_1_7")]
    public void A_probe_is_seen_with_its_arguments(bool byMulti, ProbeWay way, string objectName)
    {
        using ProbedProgram probed = ProbedProgram.Start(objectName == "usdt" ? "" : "-DWITHOUT_INDEX");
        using BpfObject loaded = Load(objectName, byMulti, way, out bool hasCookies);
        BpfProgram program = loaded.Programs["on_probe"];
        var options = new UsdtOptions { Cookie = 0x1_0000_0001, ProcessId = hasCookies ? null : probed.ProcessId };
        Assert.Equal(0, probed.Step().Watched);
        Hook.Sees(() => program.AttachUsdt(probed.FilePath, Provider, "passed", options), () => probed.Step(), () => Seen(loaded), link =>
        {
            Assert.Equal((1, byMulti ? BpfLinkType.UprobeMulti : way == ProbeWay.Link ? BpfLinkType.PerfEvent : BpfLinkType.Unspecified), (link.PlaceCount, link.Type));
            Assert.Equal($"the link to USDT probe 'probed:passed' of '{probed.FilePath}'", link.ToString());
            Assert.Equal(1, probed.Step().Watched);
        });

        // The program was stepped once before, once unattached, once by Sees, once more.
        long[] expected = objectName == "usdt" ? [3, 203, -53, -4000000003, -5, 30] : [3, 203, -53, -4000000003, -5, 0];
        BpfVariable<long> arguments = loaded.GetVariable<long>("arguments");
        Assert.Equal(expected, Enumerable.Range(0, 6).Select(arguments.Read));
        Assert.Equal((objectName == "usdt" ? 6 : 5, 0x1_0000_0001ul), (loaded.GetVariable<int>("count").Value, loaded.GetVariable<ulong>("cookie").Value));
        Assert.Equal(0, probed.Step().Watched);
    }

    [SkippableTheory]
    [InlineData(true, ProbeWay.Link)]
    [InlineData(false, ProbeWay.Link)]
    [InlineData(false, ProbeWay.Event)]
    public void A_probe_in_several_places_is_seen_in_all_each_with_its_own_arguments(bool byMulti, ProbeWay way)
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using ProbedProgram other = probed.StartAgain();
        using BpfObject loaded = Load("usdt", byMulti, way, out _);
        BpfProgram program = loaded.Programs["on_probe"];

        // More often than the map of the object has room for, were numbers not used again.
        for (int i = 1; i <= 4; i++)
        {
            using UsdtLink link = program.AttachUsdt(probed.FilePath, Provider, "twice", new UsdtOptions { ProcessId = probed.ProcessId });
            Assert.Equal(2, link.PlaceCount);
            other.Step();
            probed.Step();
            Assert.Equal((ulong)i * 2, Seen(loaded));
            Assert.Equal(3L * i, loaded.GetVariable<long>("sum").Value);
        }
    }

    [SkippableFact]
    public void A_full_map_and_an_argument_that_the_object_does_not_know_leave_nothing_behind()
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using (BpfObject loaded = Load("usdt", byMulti: false, ProbeWay.Event, out _))
        {
            BpfProgram program = loaded.Programs["on_probe"];
            var options = new UsdtOptions { ProcessId = probed.ProcessId };
            using UsdtLink first = program.AttachUsdt(probed.FilePath, Provider, "twice", options);
            using UsdtLink second = program.AttachUsdt(probed.FilePath, Provider, "twice", options);
            BpfNotSupportedException full = Assert.Throws<BpfNotSupportedException>(() => program.AttachUsdt(probed.FilePath, Provider, "passed", options));
            Assert.Contains("set MaxEntries", full.Message, StringComparison.Ordinal);
            second.Dispose();
            program.AttachUsdt(probed.FilePath, Provider, "passed", options).Dispose();
        }

        using BpfObject older = Load("usdt_before_1_7", byMulti: false, ProbeWay.Event, out _);
        BpfNotSupportedException unknown = Assert.Throws<BpfNotSupportedException>(
            () => older.Programs["on_probe"].AttachUsdt(probed.FilePath, Provider, "passed", new UsdtOptions { ProcessId = probed.ProcessId }));
        Assert.Contains("memory at two registers", unknown.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Without_cookies_what_an_address_means_is_said_once_and_stays_until_the_last_link_is_gone()
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using BpfObject loaded = Load("usdt", byMulti: false, ProbeWay.Event, out bool hasCookies);
        Assert.False(hasCookies);
        BpfProgram program = loaded.Programs["on_probe"];
        var options = new UsdtOptions { ProcessId = probed.ProcessId, Cookie = 1 };
        UsdtLink first = program.AttachUsdt(probed.FilePath, Provider, "passed", options);

        BpfNotSupportedException e = Assert.Throws<BpfNotSupportedException>(() => program.AttachUsdt(probed.FilePath, Provider, "passed", options with { Cookie = 2 }));
        Assert.Contains("give both the same cookie", e.Message, StringComparison.Ordinal);
        probed.Step();
        Assert.Equal(1ul, loaded.GetVariable<ulong>("cookie").Value);

        using (UsdtLink second = program.AttachUsdt(probed.FilePath, Provider, "passed", options))
        {
            first.Dispose();
            loaded.GetVariable<ulong>("cookie").Value = 0;
            probed.Step();
            Assert.Equal((1ul, 6), (loaded.GetVariable<ulong>("cookie").Value, loaded.GetVariable<int>("count").Value));
        }

        // Nothing is kept: there is room for all that the map has room for, with another cookie, too.
        for (ulong cookie = 2; cookie < 8; cookie++)
        {
            using UsdtLink again = program.AttachUsdt(probed.FilePath, Provider, "passed", options with { Cookie = cookie });
            probed.Step();
            Assert.Equal(cookie, loaded.GetVariable<ulong>("cookie").Value);
        }
    }

    [SkippableFact]
    public void Links_for_each_place_tell_their_ids()
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using BpfObject loaded = Load("usdt", byMulti: false, ProbeWay.Link, out _);
        using UsdtLink link = loaded.Programs["on_probe"].AttachUsdt(probed.FilePath, Provider, "twice");

        Assert.Equal((0u, true, 2), (link.Id, link.IsKernelLink, link.Ids.Distinct().Count()));
        Assert.Contains("it is 2 kernel links, one for each place", Assert.Throws<BpfNotSupportedException>(() => link.Pin("/sys/fs/bpf/x")).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_probe_that_is_not_there_is_named_with_what_there_is()
    {
        using ProbedProgram probed = ProbedProgram.Start();
        using BpfObject loaded = Load("usdt", byMulti: false, ProbeWay.Event, out bool hasCookies);
        BpfProgram program = loaded.Programs["on_probe"];
        BpfRelocationException e = Assert.Throws<BpfRelocationException>(() => program.AttachUsdt(probed.FilePath, Provider, "pased"));
        Assert.Contains("`probed:pased`: did you mean `probed:passed`?", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<BpfRelocationException>(() => program.AttachUsdt("/bin/true", Provider, "passed"));
        Assert.Contains("has no USDT probes", e.Message, StringComparison.Ordinal);
        Assert.False(hasCookies);
        BpfNotSupportedException all = Assert.Throws<BpfNotSupportedException>(() => program.AttachUsdt(probed.FilePath, Provider, "passed"));
        Assert.Contains("name the process", all.Message, StringComparison.Ordinal);
    }

    private static ulong Seen(BpfObject loaded) => loaded.GetVariable<ulong>("seen").Value;

    /// <summary>Loads an object so that it is attached in one way; without links, also without cookies.</summary>
    private BpfObject Load(string name, bool byMulti, ProbeWay way, out bool hasCookies)
    {
        Skip.If(byMulti && !TracingProbes.UprobeMultiProcesses.IsPresent, "this kernel has no links to many places of a file (Linux 6.6)");
        _scopes.Add(TracingProbes.UprobeMultiProcesses.Override(byMulti));
        _scopes.Add(new ForcedProbeWay(way));
        hasCookies = way is ProbeWay.Link or ProbeWay.DefinedWithLink;
        _scopes.Add(KernelProbes.AttachCookies.Override(hasCookies));
        return BpfObject.Load(TestObjects.Read(name));
    }
}

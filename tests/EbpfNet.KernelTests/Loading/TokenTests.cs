using EbpfNet.Loading;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Loading in a user namespace, with rights that were delegated to it through a BPF file system.</summary>
public sealed class TokenTests : KernelTest
{
    private static readonly Dictionary<string, string> Everything = new() { ["delegate_cmds"] = "any", ["delegate_maps"] = "any", ["delegate_progs"] = "any", ["delegate_attachs"] = "any" };

    private readonly string _folder;

    public TokenTests() => _folder = Directory.CreateTempSubdirectory("ebpfnet-token").FullName;

    public override void Dispose()
    {
        Directory.Delete(_folder);
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_process_in_a_user_namespace_loads_with_a_token_what_it_may_not_load_without(bool byVariable)
    {
        string[] lines = TokenChildProcess.Run(_folder, Everything, byVariable);

        Assert.Equal(2, lines.Length);
        Assert.StartsWith("with: 320000, types True, flags ", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Token", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("without: Could not ", lines[1], StringComparison.Ordinal);
        Assert.Contains("EPERM", lines[1], StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_was_not_delegated_is_refused()
    {
        string[] lines = TokenChildProcess.Run(_folder, new Dictionary<string, string>(Everything) { ["delegate_progs"] = "kprobe" }, useVariable: false);

        Assert.StartsWith("with: Could not load program", lines[0], StringComparison.Ordinal);
        Assert.Contains("EPERM", lines[0], StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_file_system_without_delegation_gives_no_token()
    {
        string[] lines = TokenChildProcess.Run(_folder, new Dictionary<string, string>(), useVariable: false);

        Assert.Contains("BPF_TOKEN_CREATE failed with ENOENT", lines[0], StringComparison.Ordinal);
        Assert.Contains("delegate_cmds", lines[0], StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_token_that_is_asked_for_and_not_to_be_had_fails_the_load()
    {
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => BpfObject.Load(TestObjects.Read("xdp_verdicts"), new BpfLoadOptions { TokenPath = _folder }));

        Assert.Equal("BPF_TOKEN_CREATE", e.Call);
        Assert.Contains("no BPF file system", e.Message, StringComparison.Ordinal);
        Assert.Equal(BpfErrno.ENOENT, Assert.Throws<BpfSyscallException>(() => BpfObject.Load(TestObjects.Read("xdp_verdicts"), new BpfLoadOptions { TokenPath = _folder + "/nowhere" })).Error);
    }

    [SkippableFact]
    public void A_token_that_nobody_asked_for_is_done_without()
    {
        Assert.Null(LoadToken.Open(new BpfLoadOptions()));
        Assert.Null(LoadToken.Open(new BpfLoadOptions { TokenPath = "" }));
    }
}

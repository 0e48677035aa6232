using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.KernelTests.Links;

namespace EbpfNet.KernelTests.Loading;

/// <summary>What else a program is loaded with: the interface that it is for, the hook that this kernel has.</summary>
public sealed class ProgramRequestTests : KernelTest
{
    [SkippableFact]
    public void A_program_bound_to_an_interface_is_attached_there_and_nowhere_else()
    {
        using var hosts = new XdpHosts();
        BpfObjectSpec spec = TestObjects.ReadOnly("xdp_verdicts", "verdict_drop");
        spec.Programs["verdict_drop"].Device = XdpHosts.Interface;

        using BpfObject bound = hosts.Receiver.Run(() => BpfObject.Load(spec));

        BpfProgram program = bound.Programs["verdict_drop"];
        Assert.Throws<BpfSyscallException>(() => hosts.Receiver.Run(() => program.AttachXdp("lo", XdpMode.Generic)));
        Assert.True(hosts.Delivers());
        using (hosts.Attach(program, XdpMode.Native))
        {
            Assert.True(hosts.Drops());
        }
    }

    [SkippableFact]
    public void An_interface_that_does_not_exist_is_named()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("xdp_verdicts", "verdict_drop");
        spec.Programs["verdict_drop"].Device = "nowhere0";

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => BpfObject.Load(spec));

        Assert.Equal(BpfErrno.ENODEV, e.Error);
        Assert.Contains("'nowhere0', for which program 'verdict_drop'", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_interface_that_runs_no_programs_itself_is_not_given_one()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("xdp_verdicts", "verdict_drop");
        (spec.Programs["verdict_drop"].Device, spec.Programs["verdict_drop"].IsOffloaded) = ("lo", true);

        Assert.Throws<BpfSyscallException>(() => BpfObject.Load(spec));
    }

    [SkippableTheory]
    [InlineData(true, BpfAttachType.TraceUprobeMulti)]
    [InlineData(false, default(BpfAttachType))]
    public void A_program_for_a_USDT_probe_is_for_links_to_many_places_where_the_kernel_has_them(bool hasThem, BpfAttachType expected)
    {
        using FeatureProbe.Scope kernel = TracingProbes.UprobeMultiProcesses.Override(hasThem);

        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("program_targets", "on_probe"));

        Assert.Equal(expected, loaded.Programs["on_probe"].ExpectedAttachType);
    }

    [SkippableFact]
    public void This_kernel_has_links_to_many_places() =>
        Assert.Equal((FeatureAnswer.Yes, FeatureAnswer.Yes), (TracingProbes.UprobeMultiLinks.Forget().Answer, TracingProbes.UprobeMultiProcesses.Forget().Answer));
}

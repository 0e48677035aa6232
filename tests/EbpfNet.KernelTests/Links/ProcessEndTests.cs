using System.Diagnostics;
using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Links;

/// <summary>What no file descriptor holds, in control groups, network namespaces and the kernel's structs of functions, goes with its process when that ends in order.</summary>
public sealed class ProcessEndTests : KernelTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly XdpHosts _hosts;

    public ProcessEndTests() => _hosts = new XdpHosts();

    public override void Dispose()
    {
        _hosts.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("cgroup", "TERM")]
    [InlineData("cgroup", "QUIT")]
    [InlineData("cgroup", "returns")]
    [InlineData("cgroup", "throws")]
    [InlineData("netns", "TERM")]
    [InlineData("netns", "QUIT")]
    [InlineData("netns", "returns")]
    [InlineData("netns", "throws")]
    [InlineData("struct_ops", "TERM")]
    [InlineData("struct_ops", "QUIT")]
    [InlineData("struct_ops", "returns")]
    [InlineData("struct_ops", "throws")]
    public void Nothing_stays_attached(string hook, string end)
    {
        if (hook == "struct_ops")
        {
            StructOpsKernel.Require();
        }

        using Cgroups.TemporaryCgroup? group = hook == "cgroup" ? Cgroups.Create() : null;
        bool bySignal = end is "TERM" or "QUIT";
        using Process child = NetworkChildProcess.Start(_hosts, group?.Path ?? hook, byLink: false, bySignal ? "stays" : end);
        try
        {
            Assert.Equal(1, Count());

            child.StandardInput.WriteLine();
            if (bySignal)
            {
                Tool.Signal(end, child.Id);
            }

            Assert.True(child.WaitForExit(Patience));
            Assert.Equal(0, Count());
        }
        finally
        {
            child.Kill();
        }

        int Count()
        {
            switch (hook)
            {
                case "cgroup":
                    using (BpfCgroup opened = BpfCgroup.Open(group!.Path))
                    {
                        return CgroupHook.Query(opened, BpfAttachType.CgroupInet4Connect).Programs.Count;
                    }

                case "netns":
                    using (BpfNetworkNamespace space = _hosts.Receiver.Run(BpfNetworkNamespace.OpenCurrent))
                    {
                        return NetnsHook.Query(space, BpfAttachType.FlowDissector).Count;
                    }

                default:
                    IReadOnlyList<BpfMap> registered = [.. StructOpsHook.OpenRegistered()];
                    int count = registered.Count(map => map.Name == "without_link");
                    foreach (BpfMap map in registered)
                    {
                        map.Dispose();
                    }

                    return count;
            }
        }
    }
}

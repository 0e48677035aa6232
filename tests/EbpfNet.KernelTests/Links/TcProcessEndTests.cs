using System.Diagnostics;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>What becomes of a tc attachment that its process never disposed.</summary>
public sealed class TcProcessEndTests : KernelTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly XdpHosts _hosts;

    public TcProcessEndTests() => _hosts = new XdpHosts();

    private IReadOnlyList<TcHookProgram> Programs => _hosts.Receiver.Run(() => TcHook.Query(XdpHosts.Interface, TcDirection.Ingress)).Programs;

    private string Qdiscs => _hosts.Receiver.Run(() => Tool.Read("tc", $"qdisc show dev {XdpHosts.Interface}"));

    public override void Dispose()
    {
        _hosts.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(true, "KILL")] // The kernel closes the link.
    [InlineData(false, "TERM")] // The library undoes what netlink did.
    [InlineData(false, "INT")]
    [InlineData(false, null)]
    public void Nothing_stays_on_the_interface(bool byLink, string? signal)
    {
        Skip.If(byLink && !TcProbes.Tcx.IsPresent, "this kernel has no tcx");
        using Process child = NetworkChildProcess.Start(_hosts, "tc", byLink, signal is not null ? "stays" : "returns");
        try
        {
            Assert.Single(Programs);
            Assert.True(_hosts.Drops());

            child.StandardInput.WriteLine();
            if (signal is not null)
            {
                Tool.Signal(signal, child.Id);
            }

            Assert.True(child.WaitForExit(Patience));
            Assert.True(SpinWait.SpinUntil(() => Programs.Count == 0, Patience));
            Assert.DoesNotContain("clsact", Qdiscs, StringComparison.Ordinal);
            Assert.True(_hosts.Delivers());
        }
        finally
        {
            child.Kill();
        }
    }

    [SkippableFact]
    public void A_filter_outlives_a_killed_process_and_is_found()
    {
        using (Process child = NetworkChildProcess.Start(_hosts, "tc", byLink: false))
        {
            child.Kill();
            Assert.True(child.WaitForExit(Patience));
        }

        Assert.True(_hosts.Drops());
        NetworkAttachment left = _hosts.Receiver.Run(() => Assert.Single(NetworkAttachments.Find()));
        Assert.Equal((NetworkAttachmentKind.TcFilter, XdpHosts.Interface, "ingress, priority 49152, handle 0x1", "drop"), (left.Kind, left.InterfaceName, left.Place, left.ProgramName));
        Assert.Contains("another network namespace", Assert.Throws<InvalidOperationException>(left.Detach).Message, StringComparison.Ordinal);
        _hosts.Receiver.Run(() =>
        {
            left.Detach(removeQueueingDiscipline: true);
            Assert.Contains("It is gone already", Assert.Throws<BpfSyscallException>(left.Detach).Message, StringComparison.Ordinal);
            Assert.Empty(NetworkAttachments.Find());
        });
        Assert.DoesNotContain("clsact", Qdiscs, StringComparison.Ordinal);
        Assert.True(_hosts.Delivers());
    }
}

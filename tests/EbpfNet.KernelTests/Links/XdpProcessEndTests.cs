using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>What becomes of an attachment that its process never disposed.</summary>
public sealed class XdpProcessEndTests : KernelTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly XdpHosts _hosts;

    public XdpProcessEndTests() => _hosts = new XdpHosts();

    public override void Dispose()
    {
        _hosts.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(true, "TERM")]
    [InlineData(true, "KILL")] // The kernel closes the link.
    [InlineData(false, "TERM")] // The library undoes what netlink did.
    [InlineData(false, "INT")]
    [InlineData(false, "HUP")]
    [InlineData(true, null)]
    [InlineData(false, null)]
    public void Nothing_stays_on_the_interface(bool byLink, string? signal)
    {
        using Process child = NetworkChildProcess.Start(_hosts, "xdp", byLink, stays: signal is not null);
        try
        {
            Assert.NotNull(_hosts.ProgramId);

            child.StandardInput.WriteLine();
            if (signal is not null)
            {
                Tool.Run("kill", string.Create(CultureInfo.InvariantCulture, $"-{signal} {child.Id}"));
            }

            Assert.True(child.WaitForExit(Patience));
            Assert.True(SpinWait.SpinUntil(() => _hosts.ProgramId is null, Patience));
            Assert.True(_hosts.Delivers());
        }
        finally
        {
            child.Kill();
        }
    }

    [SkippableFact]
    public void What_netlink_attached_outlives_a_killed_process_and_is_found()
    {
        using (Process child = NetworkChildProcess.Start(_hosts, "xdp", byLink: false, stays: true))
        {
            child.Kill();
            Assert.True(child.WaitForExit(Patience));
        }

        uint id = Assert.NotNull(_hosts.ProgramId);
        _hosts.Receiver.Run(() =>
        {
            NetworkAttachment left = Assert.Single(NetworkAttachments.Find());
            Assert.Equal((NetworkAttachmentKind.Xdp, XdpHosts.Interface, "native", id, "drop_all"), (left.Kind, left.InterfaceName, left.Place, left.ProgramId, left.ProgramName));
            left.Detach();
            Assert.Empty(NetworkAttachments.Find());
        });
        Assert.True(_hosts.Delivers());
    }

    [SkippableFact]
    public void A_signal_that_the_application_survives_detaches_nothing()
    {
        using BpfProgram program = XdpPrograms.Drop();
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(false);
        using XdpLink link = _hosts.Attach(program);
        int handled = 0;
        using (PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Interlocked.Increment(ref handled);
        }))
        {
            // The library's handler comes after this one; the second signal gives it the time to do wrong on the first.
            for (int sent = 1; sent <= 2; sent++)
            {
                Tool.Run("kill", string.Create(CultureInfo.InvariantCulture, $"-HUP {Environment.ProcessId}"));
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref handled) == sent, Patience));
            }
        }

        Assert.False(link.IsDisposed);
        Assert.Equal(program.Id, _hosts.ProgramId);
    }
}

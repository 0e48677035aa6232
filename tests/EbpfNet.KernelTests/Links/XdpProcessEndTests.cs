using System.Diagnostics;
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
    [InlineData(false, "QUIT")]
    [InlineData(true, null)]
    [InlineData(false, null)]
    public void Nothing_stays_on_the_interface(bool byLink, string? signal)
    {
        using Process child = NetworkChildProcess.Start(_hosts, "xdp", byLink, signal is not null ? "stays" : "returns");
        try
        {
            Assert.NotNull(_hosts.ProgramId);

            child.StandardInput.WriteLine();
            if (signal is not null)
            {
                Tool.Signal(signal, child.Id);
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

    [SkippableTheory]
    [InlineData("xdp")]
    [InlineData("tc")]
    [InlineData("lwt")]
    public void Nothing_stays_after_an_exception_that_nobody_catches(string hook)
    {
        using Process child = NetworkChildProcess.Start(_hosts, hook, byLink: false, "throws");
        try
        {
            Assert.Single(_hosts.Receiver.Run(NetworkAttachments.Find));

            child.StandardInput.WriteLine();

            Assert.Contains("as a test says", child.StandardError.ReadToEnd(), StringComparison.Ordinal);
            Assert.True(child.WaitForExit(Patience));
            Assert.Empty(_hosts.Receiver.Run(NetworkAttachments.Find));
        }
        finally
        {
            child.Kill();
        }
    }

    [SkippableFact]
    public void A_process_that_ignores_a_signal_keeps_what_it_attached()
    {
        using Process child = NetworkChildProcess.Start(_hosts, "xdp", byLink: false, ignored: "HUP");
        try
        {
            Tool.Signal("HUP", child.Id);

            Assert.False(child.WaitForExit(TimeSpan.FromMilliseconds(500)));
            Assert.NotNull(_hosts.ProgramId);
            Tool.Signal("TERM", child.Id);
            Assert.True(child.WaitForExit(Patience));
            Assert.Null(_hosts.ProgramId);
        }
        finally
        {
            child.Kill();
        }
    }

    [SkippableFact]
    public void A_process_that_handles_SIGHUP_from_before_it_used_the_library_keeps_what_it_attached()
    {
        using Process child = NetworkChildProcess.Start(_hosts, "xdp", byLink: false, "reloads");
        try
        {
            for (int sent = 1; sent <= 2; sent++)
            {
                Tool.Signal("HUP", child.Id);
                Assert.Equal(NetworkChildProcess.Reloaded, child.StandardOutput.ReadLine());
            }

            Assert.NotNull(_hosts.ProgramId);
            Tool.Signal("TERM", child.Id);
            Assert.True(child.WaitForExit(Patience));
            Assert.Null(_hosts.ProgramId);
        }
        finally
        {
            child.Kill();
        }
    }

    /// <summary>With the handler there before the attachment, and after it.</summary>
    [SkippableTheory]
    [InlineData(PosixSignal.SIGHUP, "HUP")]
    [InlineData(PosixSignal.SIGTERM, "TERM")]
    public void A_signal_that_the_application_was_to_survive_before_it_attached_detaches_nothing(PosixSignal signal, string name)
    {
        using BpfProgram program = XdpPrograms.Drop();
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(false);
        int handled = 0;
        using (PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Interlocked.Increment(ref handled);
        }))
        {
            using XdpLink link = _hosts.Attach(program);
            for (int sent = 1; sent <= 2; sent++)
            {
                Tool.Signal(name, Environment.ProcessId);
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref handled) == sent, Patience));
            }

            Assert.False(link.IsDisposed);
            Assert.Equal(program.Id, _hosts.ProgramId);
        }
    }

    [SkippableFact]
    public void What_netlink_attached_outlives_a_killed_process_and_is_found()
    {
        using (Process child = NetworkChildProcess.Start(_hosts, "xdp", byLink: false))
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
    public void Where_links_are_not_listed_programs_without_one_are_found_all_the_same()
    {
        using BpfProgram program = XdpPrograms.Drop();
        using FeatureProbe.Scope older = XdpProbes.Links.Override(false);
        using XdpLink link = _hosts.Attach(program);

        using (MachineLinks.Listing.Override(false)) // Before Linux 5.8 there are none.
        {
            NetworkAttachment left = _hosts.Receiver.Run(() => Assert.Single(NetworkAttachments.Find()));
            Assert.Equal((program.Id, false), (left.ProgramId, left.MayHaveLink));
        }

        using (MachineLinks.Listing.Override(null)) // CAP_SYS_ADMIN is missing.
        {
            _hosts.Receiver.Run(() =>
            {
                NetworkAttachment left = Assert.Single(NetworkAttachments.Find());
                Assert.Equal((program.Id, true), (left.ProgramId, left.MayHaveLink));
                left.Detach();
            });
        }

        Assert.False(link.IsAttached);
    }

    [SkippableFact]
    public void What_a_link_holds_unseen_is_left_alone()
    {
        Skip.IfNot(XdpProbes.Links.IsPresent, "this kernel has no XDP links");
        using BpfProgram program = XdpPrograms.Drop();
        using XdpLink link = _hosts.Attach(program);
        using FeatureProbe.Scope unlisted = MachineLinks.Listing.Override(null);
        _hosts.Receiver.Run(() =>
        {
            NetworkAttachment left = Assert.Single(NetworkAttachments.Find());

            Assert.True(left.MayHaveLink);
            Assert.Equal(BpfErrno.EBUSY, Assert.Throws<BpfSyscallException>(left.Detach).Error);
        });
        Assert.True(link.IsAttached);
    }

    [SkippableFact]
    public async Task Interfaces_that_come_and_go_are_no_reason_to_fail()
    {
        using BpfProgram program = XdpPrograms.Drop();
        using FeatureProbe.Scope older = XdpProbes.Links.Override(false);
        using XdpLink link = _hosts.Attach(program);
        bool isOver = false;
        Task changes = Task.Run(() => _hosts.Receiver.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                Tool.Run("ip", "link add passing type veth peer name passed");
                Tool.Run("tc", "qdisc add dev passing clsact");
                Tool.Run("ip", "link del passing");
            }
        }));
        try
        {
            _hosts.Receiver.Run(() =>
            {
                for (int i = 0; i < 200; i++)
                {
                    Assert.Equal(program.Id, Assert.Single(NetworkAttachments.Find()).ProgramId);
                }
            });
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            await changes;
        }
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
                Tool.Signal("HUP", Environment.ProcessId);
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref handled) == sent, Patience));
            }
        }

        Assert.False(link.IsDisposed);
        Assert.Equal(program.Id, _hosts.ProgramId);
    }
}

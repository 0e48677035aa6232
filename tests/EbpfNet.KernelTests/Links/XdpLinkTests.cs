using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>XDP on real packets, by link and, with the probe's answer forced, by netlink as on kernels before 5.9.</summary>
[Trait("OtherKernels", "")]
public sealed class XdpLinkTests : KernelTest
{
    private readonly XdpHosts _hosts;
    private readonly BpfProgram _drop;
    private readonly BpfProgram _pass;

    public XdpLinkTests()
    {
        _hosts = new XdpHosts();
        _drop = XdpPrograms.Drop();
        _pass = XdpPrograms.Pass();
    }

    public override void Dispose()
    {
        _drop.Dispose();
        _pass.Dispose();
        _hosts.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(XdpMode.Native, XdpMode.Native, true)]
    [InlineData(XdpMode.Generic, XdpMode.Generic, true)]
    [InlineData(XdpMode.Auto, XdpMode.Native, true)]
    [InlineData(XdpMode.Native, XdpMode.Native, false)]
    [InlineData(XdpMode.Generic, XdpMode.Generic, false)]
    [InlineData(XdpMode.Auto, XdpMode.Native, false)]
    public void A_program_decides_about_packets_from_attach_to_dispose(XdpMode asked, XdpMode expected, bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);
        Assert.True(_hosts.Delivers());

        using (XdpLink link = _hosts.Attach(_drop, asked))
        {
            Assert.True(_hosts.Drops());
            Assert.Equal((expected, byLink), (link.Mode, link.IsKernelLink));
            Assert.Equal((_drop, XdpHosts.Interface), (link.Program, link.InterfaceName));
            Assert.Equal(_hosts.Receiver.GetInterface(XdpHosts.Interface).Index, link.InterfaceIndex);
            Assert.Equal(_drop.Id, _hosts.ProgramId);
            Assert.True(link.IsAttached);
            Assert.Equal(byLink ? BpfLinkType.Xdp : BpfLinkType.Unspecified, link.Type);
            Assert.Equal(byLink, BpfLink.GetIds().Contains(link.Id));
        }

        Assert.Null(_hosts.ProgramId);
        Assert.True(_hosts.Delivers());
    }

    [SkippableTheory]
    [InlineData(XdpMode.Native, true)]
    [InlineData(XdpMode.Generic, true)]
    [InlineData(XdpMode.Native, false)]
    [InlineData(XdpMode.Generic, false)]
    public void An_update_takes_the_old_programs_place(XdpMode mode, bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);
        using XdpLink link = _hosts.Attach(_pass, mode);
        Assert.True(_hosts.Delivers());

        link.Update(_drop);

        Assert.True(_hosts.Drops());
        Assert.Equal(_drop, link.Program);
        Assert.Equal(_drop.Id, _hosts.ProgramId);

        link.Update(_pass, expected: _drop);
        Assert.True(_hosts.Delivers());
        link.Dispose();
        Assert.Null(_hosts.ProgramId);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_update_that_expects_another_program_changes_nothing(bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);
        using BpfProgram stranger = XdpPrograms.Pass();
        using XdpLink link = _hosts.Attach(_pass);

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => link.Update(_drop, expected: stranger));

        Assert.Contains("Another program than program 'pass_all' is attached", e.Message, StringComparison.Ordinal);
        Assert.Equal(_pass, link.Program);
        Assert.Equal(_pass.Id, _hosts.ProgramId);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)] // Before Linux 5.7 the kernel compares nothing.
    public void An_attachment_whose_mode_was_left_to_the_kernel_is_seen_and_detached(bool compares)
    {
        using BpfProgram program = XdpPrograms.Drop();
        using FeatureProbe.Scope older = XdpProbes.Links.Override(false);
        using FeatureProbe.Scope? unable = compares ? null : XdpProbes.ExpectedProgram.Override(false);
        using XdpLink link = _hosts.Attach(program);
        NetlinkSocket socket = _hosts.Receiver.Run(NetlinkSocket.Open);
        _ = NetworkDevice.Find(socket, XdpHosts.Interface, out NetworkDevice? device);
        using var attachment = new XdpNetlinkAttachment(socket, device!.Index, XdpFlags.None, program.Handle.Duplicate("the program"), program.Id);

        Assert.True(attachment.IsInPlace());
        Assert.Equal(BpfErrno.None, attachment.Detach().Error);

        Assert.False(attachment.IsInPlace());
        Assert.Null(_hosts.ProgramId);
        Assert.Equal(BpfErrno.EEXIST, attachment.Detach().Error);
    }

    [SkippableFact]
    public void A_kernel_that_cannot_compare_programs_is_looked_at_first()
    {
        using FeatureProbe.Scope noLinks = XdpProbes.Links.Override(false);
        using FeatureProbe.Scope noCompare = XdpProbes.ExpectedProgram.Override(false);
        XdpLink link = _hosts.Attach(_pass);
        link.Update(_drop);
        Assert.True(_hosts.Drops());

        link.Dispose();
        Assert.Null(_hosts.ProgramId);

        using XdpLink robbed = _hosts.Attach(_pass);
        using XdpLink robber = _hosts.Attach(_drop, new XdpAttachOptions { ReplacedProgram = _pass });
        robbed.Dispose();
        Assert.Equal(_drop.Id, _hosts.ProgramId);
    }

    [SkippableTheory]
    [InlineData(XdpMode.Auto)]
    [InlineData(XdpMode.Generic)]
    public void A_program_attached_by_netlink_is_replaced_when_it_is_named_and_its_owner_leaves_the_new_one_alone(XdpMode mode)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(false);
        using XdpLink old = _hosts.Attach(_pass, mode);

        using XdpLink link = _hosts.Attach(_drop, new XdpAttachOptions { Mode = mode, ReplacedProgram = _pass });

        Assert.True(_hosts.Drops());
        Assert.Equal(old.Mode, link.Mode);
        Assert.False(old.IsAttached);
        Assert.True(link.IsAttached);
        Assert.Contains("somebody else has replaced it", Assert.Throws<BpfSyscallException>(() => old.Update(_pass)).Message, StringComparison.Ordinal);
        Assert.Contains("was left alone", Assert.Throws<BpfSyscallException>(old.Detach).Message, StringComparison.Ordinal);
        old.Dispose();
        Assert.Equal(_drop.Id, _hosts.ProgramId);
        link.Dispose();
        Assert.Null(_hosts.ProgramId);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Detach_ends_the_attachment_and_the_link(bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);
        XdpLink link = _hosts.Attach(_drop);

        link.Detach();

        Assert.Null(_hosts.ProgramId);
        Assert.True(link.IsDisposed);
        link.Dispose();
        Assert.Throws<ObjectDisposedException>(() => link.Update(_pass));
        Assert.Throws<ObjectDisposedException>(link.Detach);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_that_is_dropped_survives_the_garbage_collector(bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);
        WeakReference<XdpLink> dropped = AttachAndDrop();

        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(_hosts.Drops());
        Assert.True(dropped.TryGetTarget(out XdpLink? link));
        link.Dispose();
        Assert.Null(_hosts.ProgramId);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference<XdpLink> AttachAndDrop() => new(_hosts.Attach(_drop));

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_program_may_be_disposed_before_its_link(bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);
        XdpLink link;
        using (BpfProgram program = XdpPrograms.Drop())
        {
            link = _hosts.Attach(program);
        }

        Assert.True(_hosts.Drops());
        link.Dispose();
        Assert.Null(_hosts.ProgramId);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_interface_that_disappears_is_no_error_for_its_link(bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);
        XdpLink link = _hosts.Attach(_drop);
        _hosts.Receiver.Run(() => Tool.Run("ip", $"link delete {XdpHosts.Interface}"));

        Assert.False(link.IsAttached);
        Assert.Throws<BpfSyscallException>(() => link.Update(_pass));
        link.Dispose();
        Assert.False(link.IsAttached);
    }

    [SkippableFact]
    public void What_netlink_attached_is_undone_as_the_process_ends()
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(false);
        XdpLink link = _hosts.Attach(_drop);

        LiveLinks.EndLeftovers();

        Assert.True(link.IsDisposed);
        Assert.Null(_hosts.ProgramId);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_may_be_disposed_or_detached_while_others_update_it(bool byLink)
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(byLink);
        for (int round = 0; round < 10; round++)
        {
            XdpLink link = _hosts.Attach(_drop, XdpMode.Generic);
            var updates = new Thread[2];
            var unexpected = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
            for (int i = 0; i < updates.Length; i++)
            {
                updates[i] = new Thread(() =>
                {
                    try
                    {
                        while (true)
                        {
                            link.Update(_pass);
                            link.Update(_drop);
                        }
                    }
                    catch (ObjectDisposedException)
                    {
                        // What is expected.
                    }
                    catch (BpfSyscallException e) when (e.Error is BpfErrno.ENOLINK or BpfErrno.EEXIST)
                    {
                        // Detached, and about to be disposed.
                    }
                    catch (Exception e)
                    {
                        unexpected.Enqueue(e);
                    }
                });
                updates[i].Start();
            }

            Thread.Sleep(round);
            (round % 2 == 0 ? (Action)link.Dispose : link.Detach)();
            Assert.All(updates, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(20))));
            Assert.Empty(unexpected);
            Assert.Null(_hosts.ProgramId);
        }
    }

    [SkippableFact]
    public void A_pinned_link_stays_after_dispose_until_it_is_detached()
    {
        string folder = Directory.CreateTempSubdirectory("ebpfnet-pins-").FullName;
        Tool.Run("mount", $"-t bpf bpf {folder}");
        try
        {
            string pin = Path.Combine(folder, "link");
            using (XdpLink link = _hosts.Attach(_drop))
            {
                link.Pin(pin);
            }

            Assert.True(_hosts.Drops());
            File.Delete(pin);
            Assert.True(_hosts.Delivers());

            using XdpLink detached = _hosts.Attach(_drop);
            detached.Pin(pin);
            detached.Detach();
            Assert.True(_hosts.Delivers());
        }
        finally
        {
            Tool.Run("umount", folder);
            Directory.Delete(folder);
        }
    }

    [SkippableFact]
    public void What_no_descriptor_holds_cannot_be_pinned()
    {
        using FeatureProbe.Scope _ = XdpProbes.Links.Override(false);
        using XdpLink link = _hosts.Attach(_drop);

        Assert.Contains("no kernel link", Assert.Throws<BpfNotSupportedException>(() => link.Pin("/sys/fs/bpf/x")).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void This_kernels_answers_are_conclusive()
    {
        Assert.NotEqual(FeatureAnswer.Inconclusive, XdpProbes.Links.Answer);
        Assert.NotEqual(FeatureAnswer.Inconclusive, XdpProbes.ExpectedProgram.Answer);
    }
}

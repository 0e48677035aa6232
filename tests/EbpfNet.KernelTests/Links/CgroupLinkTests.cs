using System.Net;
using System.Net.Sockets;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs at every hook of control groups, by link and as older kernels have it.</summary>
[Trait("OtherKernels", "")]
public sealed class CgroupLinkTests : KernelTest
{
    private readonly string _own;

    public CgroupLinkTests() => _own = Cgroups.Own();

    public static TheoryData<string, BpfAttachType> Hooks => new()
    {
        { "skb_ingress", BpfAttachType.CgroupInetIngress },
        { "skb_egress", BpfAttachType.CgroupInetEgress },
        { "sock_create", BpfAttachType.CgroupInetSockCreate },
        { "sock_release", BpfAttachType.CgroupInetSockRelease },
        { "sock", BpfAttachType.CgroupInetSockCreate },
        { "post_bind4", BpfAttachType.CgroupInet4PostBind },
        { "post_bind6", BpfAttachType.CgroupInet6PostBind },
        { "bind4", BpfAttachType.CgroupInet4Bind },
        { "bind6", BpfAttachType.CgroupInet6Bind },
        { "connect4", BpfAttachType.CgroupInet4Connect },
        { "connect6", BpfAttachType.CgroupInet6Connect },
        { "connect_unix", BpfAttachType.CgroupUnixConnect },
        { "sendmsg4", BpfAttachType.CgroupUdp4SendMsg },
        { "sendmsg6", BpfAttachType.CgroupUdp6SendMsg },
        { "sendmsg_unix", BpfAttachType.CgroupUnixSendMsg },
        { "recvmsg4", BpfAttachType.CgroupUdp4RecvMsg },
        { "recvmsg6", BpfAttachType.CgroupUdp6RecvMsg },
        { "recvmsg_unix", BpfAttachType.CgroupUnixRecvMsg },
        { "getpeername4", BpfAttachType.CgroupInet4GetPeerName },
        { "getpeername6", BpfAttachType.CgroupInet6GetPeerName },
        { "getpeername_unix", BpfAttachType.CgroupUnixGetPeerName },
        { "getsockname4", BpfAttachType.CgroupInet4GetSockName },
        { "getsockname6", BpfAttachType.CgroupInet6GetSockName },
        { "getsockname_unix", BpfAttachType.CgroupUnixGetSockName },
        { "sysctl", BpfAttachType.CgroupSysctl },
        { "getsockopt", BpfAttachType.CgroupGetSockOpt },
        { "setsockopt", BpfAttachType.CgroupSetSockOpt },
        { "dev", BpfAttachType.CgroupDevice },
        { "sockops", BpfAttachType.CgroupSockOps },
        { "socket_bind", BpfAttachType.LsmCgroup },
    };

    [SkippableTheory]
    [MemberData(nameof(Hooks))]
    public void What_processes_in_the_group_do_is_seen_while_the_program_is_attached(string program, BpfAttachType hook)
    {
        using BpfObject loaded = Load(program);
        BpfVariable<ulong> seen = loaded.GetVariable<ulong>("seen");
        bool byLink = !CgroupProbes.Links.IsMissing;

        Hook.Sees(() => loaded.Programs[program].AttachCgroup(_own), CgroupActivity.DoEverything, () => seen.Value, link =>
        {
            Assert.Equal((byLink, hook, _own, CgroupAttachMode.Multi), (link.IsKernelLink, link.AttachType, link.CgroupPath, link.Mode));
            Assert.Equal(byLink ? BpfLinkType.Cgroup : BpfLinkType.Unspecified, link.Type);
            AssertQueried(link, loaded.Programs[program].Id);
        });
        using FeatureProbe.Scope _ = CgroupProbes.Links.Override(false);
        Hook.Sees(() => loaded.Programs[program].AttachCgroup(_own), CgroupActivity.DoEverything, () => seen.Value, link =>
        {
            Assert.False(link.IsKernelLink);
            AssertQueried(link, loaded.Programs[program].Id);
        });
    }

    [SkippableTheory]
    [InlineData(CgroupAttachMode.Multi)]
    [InlineData(CgroupAttachMode.Override)]
    [InlineData(CgroupAttachMode.Single)]
    public void A_connection_is_refused_while_the_program_is_attached(CgroupAttachMode mode)
    {
        using BpfObject loaded = Load("connect4");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var at = (IPEndPoint)listener.LocalEndPoint!;
        loaded.GetVariable<uint>("refused").Value = (uint)at.Port;
        SocketError result = default;

        Hook.Sees(
            () => loaded.Programs["connect4"].AttachCgroup(_own, new CgroupAttachOptions { Mode = mode }), () => result = CgroupActivity.Connect(at), () => loaded.GetVariable<ulong>("seen").Value, link =>
            {
                Assert.Equal((mode == CgroupAttachMode.Multi && !CgroupProbes.Links.IsMissing, mode), (link.IsKernelLink, link.Mode));
                Assert.Equal(SocketError.AccessDenied, result);
            });

        Assert.Equal(SocketError.Success, result);
    }

    [SkippableFact]
    public void A_section_without_a_direction_leaves_it_to_the_call()
    {
        using BpfObject loaded = Load("skb");
        BpfProgram program = loaded.Programs["skb"];

        Assert.Contains("set CgroupAttachOptions.AttachType to one of BPF_CGROUP_INET_INGRESS, BPF_CGROUP_INET_EGRESS", Assert.Throws<ArgumentException>(() => program.AttachCgroup(_own)).Message, StringComparison.Ordinal);
        Assert.Contains("call AttachCgroup(path, options)", Assert.Throws<InvalidOperationException>(program.Attach).Message, StringComparison.Ordinal);
        Hook.Sees(
            () => program.AttachCgroup(_own, new CgroupAttachOptions { AttachType = BpfAttachType.CgroupInetEgress }), CgroupActivity.DoEverything, () => loaded.GetVariable<ulong>("seen").Value);
        Assert.Throws<ArgumentException>(() => program.AttachCgroup(_own, new CgroupAttachOptions { AttachType = BpfAttachType.CgroupDevice }));
    }

    [SkippableFact]
    public void Programs_run_in_the_order_that_is_asked_for()
    {
        using BpfObject loaded = Load("first", "second", "third");
        using BpfCgroup cgroup = BpfCgroup.Open(_own);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var at = (IPEndPoint)listener.LocalEndPoint!;
        loaded.GetVariable<uint>("refused").Value = (uint)at.Port;
        using CgroupLink third = loaded.Programs["third"].AttachCgroup(cgroup);
        ulong revision = CgroupHook.Query(cgroup, BpfAttachType.CgroupInet4Connect).Revision;
        BpfSyscallException? refusal = null;
        try
        {
            using CgroupLink first = loaded.Programs["first"].AttachCgroup(cgroup, new CgroupAttachOptions { Position = BpfAttachPosition.First, ExpectedRevision = revision });
            using CgroupLink second = loaded.Programs["second"].AttachCgroup(cgroup, new CgroupAttachOptions { Position = BpfAttachPosition.Before(third) });

            CgroupActivity.Connect(at);

            Assert.Equal(123ul, loaded.GetVariable<ulong>("order").Value);
            Assert.Equal([first.Program.Id, second.Program.Id, third.Program.Id], CgroupHook.Query(cgroup, BpfAttachType.CgroupInet4Connect).Programs.Select(program => program.ProgramId));
            Assert.Contains("have changed since", Assert.Throws<BpfSyscallException>(() =>
                loaded.Programs["first"].AttachCgroup(cgroup, new CgroupAttachOptions { ExpectedRevision = revision })).Message, StringComparison.Ordinal);
        }
        catch (BpfSyscallException e)
        {
            refusal = e;
        }

        if (refusal is not null)
        {
            Assert.Contains("Before Linux 6.17", refusal.Message, StringComparison.Ordinal);
            throw new SkipException(refusal.Message);
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Last_is_where_a_program_goes_on_kernels_that_know_no_order_too(bool byLink)
    {
        Skip.If(byLink && CgroupProbes.Links.IsMissing, "this kernel has no links for control groups");
        using FeatureProbe.Scope? older = byLink ? null : CgroupProbes.Links.Override(false);
        using BpfObject loaded = Load("first", "second");
        using BpfCgroup cgroup = BpfCgroup.Open(_own);
        using CgroupLink first = loaded.Programs["first"].AttachCgroup(cgroup);

        using CgroupLink second = loaded.Programs["second"].AttachCgroup(cgroup, new CgroupAttachOptions { Position = BpfAttachPosition.Last });

        Assert.Equal([first.Program.Id, second.Program.Id], CgroupHook.Query(cgroup, BpfAttachType.CgroupInet4Connect).Programs.Select(program => program.ProgramId));
    }

    [SkippableFact]
    public void A_program_goes_beside_one_whose_link_is_no_kernel_link()
    {
        using BpfObject loaded = Load("first", "second", "third");
        using BpfCgroup cgroup = BpfCgroup.Open(_own);
        using FeatureProbe.Scope _ = CgroupProbes.Links.Override(false);
        using CgroupLink third = loaded.Programs["third"].AttachCgroup(cgroup);
        BpfAttachPosition position = BpfAttachPosition.Before(third);
        third.Update(loaded.Programs["first"]);
        try
        {
            using CgroupLink second = loaded.Programs["second"].AttachCgroup(cgroup, new CgroupAttachOptions { Position = position });
            Assert.Equal([second.Program.Id, third.Program.Id], CgroupHook.Query(cgroup, BpfAttachType.CgroupInet4Connect).Programs.Select(program => program.ProgramId));
        }
        catch (BpfSyscallException e)
        {
            Assert.Contains("Before Linux 6.17", e.Message, StringComparison.Ordinal);
            Skip.If(true, e.Message);
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_program_takes_the_place_of_the_attached_one(bool byLink)
    {
        Skip.If(byLink && CgroupProbes.Links.IsMissing, "this kernel has no links for control groups");
        using FeatureProbe.Scope? older = byLink ? null : CgroupProbes.Links.Override(false);
        using BpfObject loaded = Load("first", "second", "third");
        using Cgroups.TemporaryCgroup cgroup = Cgroups.Create();
        using CgroupLink link = loaded.Programs["first"].AttachCgroup(cgroup.Path);

        link.Update(loaded.Programs["second"], expected: loaded.Programs["first"]);

        Assert.Same(loaded.Programs["second"], link.Program);
        AssertQueried(link, loaded.Programs["second"].Id);
        Assert.Contains("Another program than program 'third'", Assert.Throws<BpfSyscallException>(() => link.Update(loaded.Programs["first"], expected: loaded.Programs["third"])).Message, StringComparison.Ordinal);
        link.Detach();
        using BpfCgroup open = BpfCgroup.Open(cgroup.Path);
        Assert.Empty(CgroupHook.Query(open, BpfAttachType.CgroupInet4Connect).Programs);
    }

    [SkippableTheory]
    [InlineData(CgroupAttachMode.Multi)]
    [InlineData(CgroupAttachMode.Override)]
    public void A_program_of_somebody_else_is_replaced_only_when_that_is_asked_for(CgroupAttachMode mode)
    {
        using FeatureProbe.Scope older = CgroupProbes.Links.Override(false);
        using BpfObject loaded = Load("first", "second", "third");
        using Cgroups.TemporaryCgroup cgroup = Cgroups.Create();
        using CgroupLink link = loaded.Programs["first"].AttachCgroup(cgroup.Path, new CgroupAttachOptions { Mode = mode });
        if (mode != CgroupAttachMode.Multi)
        {
            string message = Assert.Throws<BpfSyscallException>(() => loaded.Programs["second"].AttachCgroup(cgroup.Path, new CgroupAttachOptions { Mode = mode })).Message;
            Assert.Contains($"program 'first' (id {link.Program.Id}) in mode Override", message, StringComparison.Ordinal);
        }

        using (CgroupLink successor = loaded.Programs["second"].AttachCgroup(cgroup.Path, new CgroupAttachOptions { Mode = mode, ReplacedProgram = loaded.Programs["first"] }))
        {
            AssertQueried(successor, loaded.Programs["second"].Id);
            Assert.False(link.IsAttached);
            Assert.Contains("somebody else", Assert.Throws<BpfSyscallException>(link.Detach).Message, StringComparison.Ordinal);
            link.Dispose(); // Leaves the successor alone.
            Assert.True(successor.IsAttached);
        }

        using BpfCgroup open = BpfCgroup.Open(cgroup.Path);
        Assert.Empty(CgroupHook.Query(open, BpfAttachType.CgroupInet4Connect).Programs);
    }

    [SkippableFact]
    public void Where_the_right_to_look_was_lost_a_program_that_is_alone_stays_and_that_is_said()
    {
        using BpfObject loaded = Load("connect4");
        using Cgroups.TemporaryCgroup group = Cgroups.Create();
        using BpfCgroup opened = BpfCgroup.Open(group.Path);
        using CgroupLink link = loaded.Programs["connect4"].AttachCgroup(opened, new CgroupAttachOptions { Mode = CgroupAttachMode.Override });

        Assert.Null(WithoutCapabilities.Run(
            () =>
            {
                Assert.True(link.IsAttached); // Not known to be gone.
                foreach (Action attempt in (Action[])[link.Detach, () => link.Update(loaded.Programs["connect4"])])
                {
                    BpfSyscallException refused = Assert.Throws<BpfSyscallException>(attempt);
                    Assert.Equal(BpfErrno.EPERM, refused.Error);
                    Assert.Contains("what is there was left alone", refused.Message, StringComparison.Ordinal);
                }

                Assert.Equal(BpfErrno.EPERM, Assert.Throws<BpfSyscallException>(() => loaded.Programs["connect4"].AttachCgroup(opened, new CgroupAttachOptions { Mode = CgroupAttachMode.Override })).Error);
            },
            Capabilities.Bpf));

        Assert.Equal([loaded.Programs["connect4"].Id], CgroupHook.Query(opened, link.AttachType).Programs.Select(program => program.ProgramId));
        link.Detach();
        Assert.Empty(CgroupHook.Query(opened, link.AttachType).Programs);
    }

    [SkippableFact]
    public void A_group_above_that_allows_no_other_program_is_named()
    {
        using BpfObject loaded = Load("first", "second");
        using Cgroups.TemporaryCgroup cgroup = Cgroups.Create();
        using var below = new Cgroups.TemporaryCgroup(Path.Join(cgroup.Path, "below"));
        using CgroupLink link = loaded.Programs["first"].AttachCgroup(cgroup.Path, new CgroupAttachOptions { Mode = CgroupAttachMode.Single });

        string message = Assert.Throws<BpfSyscallException>(() => loaded.Programs["second"].AttachCgroup(below.Path)).Message;

        Assert.Contains($"control group '{cgroup.Path}' has program 'first' (id {link.Program.Id}) in mode Single", message, StringComparison.Ordinal);
        using BpfCgroup open = BpfCgroup.Open(below.Path);
        Assert.Equal([link.Program.Id], CgroupHook.QueryEffective(open, BpfAttachType.CgroupInet4Connect));
    }

    [SkippableFact]
    public void What_a_killed_process_left_is_found_and_detached()
    {
        using Cgroups.TemporaryCgroup cgroup = Cgroups.Create();
        using BpfCgroup open = BpfCgroup.Open(cgroup.Path);
        using (OwnerProcess owner = OwnerProcess.Start(new("cgroup_hooks", "skb_egress", "cgroup without link", cgroup.Path)))
        {
            owner.Kill();
        }

        CgroupHookProgram left = Assert.Single(CgroupHook.Query(open, BpfAttachType.CgroupInetEgress).Programs);
        Assert.Equal(0u, left.LinkId);
        using (FeatureProbe.Scope older = MachineLinks.Listing.Override(false))
        using (CgroupProbes.Links.Override(false))
        {
            Assert.Equal(left, Assert.Single(CgroupHook.Query(open, BpfAttachType.CgroupInetEgress).Programs)); // Before Linux 5.7 there are none.
        }

        foreach (bool? listed in new bool?[] { false, null }) // Linux 5.7 does not list those that it has; CAP_SYS_ADMIN is missing.
        {
            using FeatureProbe.Scope unlisted = MachineLinks.Listing.Override(listed);
            using FeatureProbe.Scope has = CgroupProbes.Links.Override(true);
            Assert.Equal(left with { LinkId = null }, Assert.Single(CgroupHook.Query(open, BpfAttachType.CgroupInetEgress).Programs));
        }

        using (BpfProgram program = BpfProgram.OpenById(left.ProgramId))
        {
            CgroupHook.Detach(open, BpfAttachType.CgroupInetEgress, program);
            Assert.Contains("is not attached there", Assert.Throws<BpfSyscallException>(() => CgroupHook.Detach(open, BpfAttachType.CgroupInetEgress, program)).Message, StringComparison.Ordinal);
        }

        Assert.Empty(CgroupHook.Query(open, BpfAttachType.CgroupInetEgress).Programs);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_attachment_ends_with_its_group(bool byLink)
    {
        Skip.If(byLink && CgroupProbes.Links.IsMissing, "this kernel has no links for control groups");
        using FeatureProbe.Scope? older = byLink ? null : CgroupProbes.Links.Override(false);
        using BpfObject loaded = Load("connect4");
        Cgroups.TemporaryCgroup cgroup = Cgroups.Create();
        using CgroupLink link = loaded.Programs["connect4"].AttachCgroup(cgroup.Path);
        Assert.True(link.IsAttached);

        cgroup.Dispose();

        Assert.True(SpinWait.SpinUntil(() => !link.IsAttached, TimeSpan.FromSeconds(20)));
    }

    [SkippableFact]
    public void A_pinned_link_is_opened_again_updated_and_detached()
    {
        using var pins = new BpfFileSystem();
        using BpfObject loaded = Load("first", "second");
        using Cgroups.TemporaryCgroup cgroup = Cgroups.Create();
        using BpfCgroup open = BpfCgroup.Open(cgroup.Path);
        using (CgroupLink link = loaded.Programs["first"].AttachCgroup(open))
        {
            Skip.IfNot(link.IsKernelLink, "this kernel has no links for control groups");
            link.Pin(pins["guard"]);
        }

        using CgroupLink again = CgroupLink.OpenPinned(pins["guard"]);
        using CgroupLink same = CgroupLink.OpenById(again.Id);
        Assert.Equal((open.Id, BpfAttachType.CgroupInet4Connect, (string?)null, loaded.Programs["first"].Id), (again.CgroupId, same.AttachType, same.CgroupPath, again.Program.Id));
        again.Update(loaded.Programs["second"], expected: again.Program);
        again.Detach();
        Assert.False(same.IsAttached);
        Assert.Empty(CgroupHook.Query(open, BpfAttachType.CgroupInet4Connect).Programs);
    }

    [SkippableFact]
    public void What_is_no_control_group_and_what_is_no_program_for_one_is_refused_by_name()
    {
        using BpfObject loaded = Load("connect4");
        using BpfProgram xdp = XdpPrograms.Drop();
        using Cgroups.TemporaryCgroup cgroup = Cgroups.Create();

        Assert.Contains("no folder of a control group of version 2", Assert.Throws<BpfSyscallException>(() => loaded.Programs["connect4"].AttachCgroup("/proc")).Message, StringComparison.Ordinal);
        Assert.Contains($"did you mean '{cgroup.Path}'?", Assert.Throws<BpfSyscallException>(() => loaded.Programs["connect4"].AttachCgroup(cgroup.Path + "x/below")).Message, StringComparison.Ordinal);
        Assert.Contains("is of type BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => xdp.AttachCgroup(cgroup.Path)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => loaded.Programs["connect4"].AttachCgroup(cgroup.Path, new CgroupAttachOptions { Mode = CgroupAttachMode.Single, Position = BpfAttachPosition.First }));
    }

    private static BpfObject Load(params string[] programs)
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("cgroup_hooks", programs);
        try
        {
            return BpfObject.Load(spec);
        }
        catch (BpfException e) when (e is BpfSyscallException { Error: BpfErrno.EINVAL or BpfErrno.EPERM } or BpfRelocationException)
        {
            throw Lack.Of(KernelFeatures.HasAttachType(spec.Programs[programs[0]].ExpectedAttachType).IsPresent, e); // A hook that this kernel does not have, or does not let anybody use.
        }
    }

    private static void AssertQueried(CgroupLink link, uint programId)
    {
        using BpfCgroup cgroup = BpfCgroup.Open(link.CgroupPath!);
        CgroupHookState state = CgroupHook.Query(cgroup, link.AttachType);
        Assert.Equal(link.Mode, state.Mode);
        Assert.Equal(link.Id, state.Programs.Single(program => program.ProgramId == programId).LinkId);
        Assert.Contains(programId, CgroupHook.QueryEffective(cgroup, link.AttachType));
    }
}

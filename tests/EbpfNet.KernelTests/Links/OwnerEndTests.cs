using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DemoNetwork;
using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.KernelTests.XdpDrop;

namespace EbpfNet.KernelTests.Links;

/// <summary>Whatever a link attached is detached when the process that holds it is killed: each kind of link, and of program where that decides what holds it, on its own events.</summary>
[Trait("OtherKernels", "")]
public sealed class OwnerEndTests : KernelTest
{
    private const int Port = 7777;
    private const int TcpCongestion = 13;

    private readonly TraceFiles _files;
    private readonly NetworkHost _host;

    public OwnerEndTests()
    {
        _files = new TraceFiles();
        _host = NetworkHost.Create("host");
    }

    private static string SystemCall => KernelArchitecture.Current.SystemCallPrefix;

    public override void Dispose()
    {
        _host.Dispose();
        _files.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("XDP")]
    [InlineData("tcx")]
    [InlineData("netkit")]
    [InlineData("netfilter")]
    [InlineData("flow dissector")]
    [InlineData("socket filter")]
    [InlineData("reuseport")]
    public void Packets_are_seen_no_longer(string hook)
    {
        (FeatureSupport needed, OwnerProcess.Order order, string variable, Action happen) = hook switch
        {
            "XDP" => (KernelFeatures.HasLinkType(BpfLinkType.Xdp), new OwnerProcess.Order("test_runs", "count_live", "xdp", "lo"), "live_frames", Send),
            "tcx" => (KernelFeatures.HasLinkType(BpfLinkType.Tcx), new("traffic", "count", "tcx", "lo"), "counted", Send),
            "netkit" => (KernelFeatures.HasLinkType(BpfLinkType.Netkit), new("traffic", "of_the_primary", "netkit", "inner0"), "counted", SendToDevice),
            "netfilter" => (KernelFeatures.HasLinkType(BpfLinkType.Netfilter), new("netfilter", "count", "netfilter", nameof(NetfilterHook.LocalIn)), "seen", Send),
            "flow dissector" => (KernelFeatures.HasLinkType(BpfLinkType.NetNs), new("netns_hooks", "dissect", "netns", "/proc/self/ns/net"), "seen", SendFrame),
            "socket filter" => (KernelFeatures.HasProgramType(BpfProgramType.SocketFilter), new("socket_hooks", "filter", "interface", "lo"), "seen", Send),
            _ => (KernelFeatures.HasProgramType(BpfProgramType.SkReusePort), (OwnerProcess.Order)new("socket_hooks", "choose_by_index", "port", Port.ToString(CultureInfo.InvariantCulture)), "seen", (Action)Send),
        };
        Require(needed, hook);
        if (hook == "netkit")
        {
            _host.Run(() =>
            {
                Tool.Run("ip", "link add inner0 type netkit");
                Tool.Run("ip", "address add 10.7.0.1/24 dev inner0");
                Tool.Run("ip", "link set dev nk0 up");
                Tool.Run("ip", "link set dev inner0 up");
            });
        }

        using OwnerProcess owner = OwnerProcess.Start(order, _host.StartProcess);
        Assert.Equal(hook is "socket filter" or "reuseport" ? 0 : 1, owner.Links.Count);
        owner.SeesUntilItIsKilled(() => owner.Sees(variable, happen));
    }

    [SkippableFact]
    public void Connections_are_steered_no_longer()
    {
        Require(KernelFeatures.HasLinkType(BpfLinkType.NetNs), "sk_lookup");
        using Socket listener = _host.CreateListener(new IPEndPoint(IPAddress.Loopback, 0));
        using OwnerProcess owner = OwnerProcess.Start(new("netns_hooks", "steer", "netns", "/proc/self/ns/net"), _host.StartProcess);
        new BpfSockMap(owner.Map("listeners")).Set(0, listener);
        owner.Set("steered", Port);

        owner.SeesUntilItIsKilled(() => owner.Sees("seen", Connect));

        void Connect()
        {
            using Socket socket = _host.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, Port);
                listener.Accept().Dispose();
            }
            catch (SocketException)
            {
                // Nobody listens there but for the program.
            }
        }
    }

    [SkippableFact]
    public void Sockets_of_a_map_get_the_program_no_longer()
    {
        Require(KernelFeatures.HasLinkType(BpfLinkType.SockMap), "sockmap");
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("sock_maps", "drop"));
        BpfSockMap sockets = loaded.GetSockMap("sockets");
        using OwnerProcess owner = OwnerProcess.Start(new("sock_maps", "by_index", "map", sockets.Map.Id.ToString(CultureInfo.InvariantCulture)));

        owner.SeesUntilItIsKilled(() => owner.Sees("passed", () =>
        {
            using var pair = new TcpPair();
            sockets.Set(0, pair.Server);
            pair.Client.Send([1]);
            TcpPair.Receive(pair.Server, 1);
            sockets.Clear();
        }));
    }

    [SkippableTheory]
    [InlineData("renamed", BpfAttachType.TraceRawTp)]
    [InlineData("renamed_by_type", BpfAttachType.TraceRawTp)]
    [InlineData("entered", BpfAttachType.TraceFentry)]
    [InlineData("left", BpfAttachType.TraceFexit)]
    [InlineData("in_session", BpfAttachType.TraceFsession)]
    [InlineData("returns_other", BpfAttachType.ModifyReturn)]
    [InlineData("many_entered", BpfAttachType.TraceFentryMulti)]
    [InlineData("forbids_priorities", BpfAttachType.LsmMac)]
    public void What_the_kernel_does_is_seen_no_longer(string program, BpfAttachType type)
    {
        using TracingKernel kernel = TracingKernel.Load(program);
        if (type == BpfAttachType.LsmMac)
        {
            TracingKernel.RequireSecurityHooks();
        }

        using OwnerProcess owner = OwnerProcess.Start(new("tracing", program));
        owner.SeesUntilItIsKilled(() => owner.Sees("seen", type switch
        {
            BpfAttachType.TraceRawTp => TracingKernel.Rename,
            BpfAttachType.LsmMac => () => TracingKernel.SetPriority(),
            _ => () => kernel.CallTestFunctions(),
        }));
    }

    [SkippableFact]
    public void A_function_of_a_program_is_its_own_again()
    {
        TracingKernel.RequireEntries();
        using BpfObject target = BpfObject.Load(TestObjects.ReadOnly("program_targets", "target"));
        using OwnerProcess owner = OwnerProcess.Start(new("program_targets", "replacement", "replacement", target.Programs["target"].Id.ToString(CultureInfo.InvariantCulture)));

        owner.SeesUntilItIsKilled(() => target.Programs["target"].TestRun(new BpfTestRun(new byte[64])).ReturnValue == 2);
    }

    [SkippableTheory]
    [InlineData("skb_egress")]
    [InlineData("connect4")]
    [InlineData("socket_bind")]
    public void What_processes_in_a_control_group_do_is_seen_no_longer(string program)
    {
        Require(KernelFeatures.HasLinkType(BpfLinkType.Cgroup), "control group");
        if (program == "socket_bind")
        {
            Require(KernelFeatures.HasAttachType(BpfAttachType.LsmCgroup), "control group's security");
            TracingKernel.RequireSecurityHooks();
        }

        using OwnerProcess owner = OwnerProcess.Start(new("cgroup_hooks", program, "cgroup", Cgroups.Own()));

        owner.SeesUntilItIsKilled(() => owner.Sees("seen", CgroupActivity.DoEverything));
    }

    [SkippableTheory]
    [InlineData("tracepoint")]
    [InlineData("kprobe")]
    [InlineData("kprobe.multi")]
    [InlineData("kprobe.session")]
    [InlineData("samples")]
    public void Calls_of_the_kernel_are_seen_no_longer(string hook)
    {
        (bool needed, OwnerProcess.Order order, Action happen) = hook switch
        {
            "tracepoint" => (true, new OwnerProcess.Order("probes", "on_tracepoint"), GetThreadId),
            "kprobe" => (PerfEventProbes.KernelProbeEvents.IsPresent, new("probes", "on_function", "kprobe", SystemCall + "gettid"), GetThreadId),
            "kprobe.multi" => (TracingProbes.KprobeMultiLinks.IsPresent, new("probes", "on_many_kernel_functions", "kprobes", SystemCall + "prlimit64"), GetLimit),
            "kprobe.session" => (TracingProbes.KprobeSessions.IsPresent, new("probes", "on_kernel_sessions", "kprobes", SystemCall + "gettid"), GetThreadId),
            _ => (true, (OwnerProcess.Order)new("probes", "on_sample", "samples"), (Action)KeepBusy),
        };
        Skip.IfNot(needed, $"this kernel has no {hook}");

        using OwnerProcess owner = OwnerProcess.Start(order);
        owner.SeesUntilItIsKilled(() => owner.Sees("seen", happen));
    }

    [SkippableTheory]
    [InlineData("uprobe")]
    [InlineData("uprobe.multi")]
    [InlineData("uprobe.session")]
    [InlineData("USDT")]
    public void Functions_of_a_program_are_seen_no_longer(string hook)
    {
        Skip.If(hook is "uprobe.multi" && !TracingProbes.UprobeMultiLinks.IsPresent, "this kernel has no links to many functions of a file (Linux 6.6)");
        if (hook == "uprobe.session")
        {
            Require(KernelFeatures.HasAttachType(BpfAttachType.TraceUprobeSession), hook);
        }

        using ProbedProgram probed = ProbedProgram.Start();
        OwnerProcess.Order order = hook switch
        {
            "uprobe" => new("probes", "on_function", "uprobe", probed.FilePath),
            "uprobe.multi" => new("probes", "on_many_functions", "uprobes", probed.FilePath),
            "uprobe.session" => new("probes", "on_sessions", "uprobes", probed.FilePath),
            _ => new("usdt", "on_probe", "usdt", probed.FilePath),
        };

        using OwnerProcess owner = OwnerProcess.Start(order with { Watched = probed.ProcessId });
        owner.SeesUntilItIsKilled(() => owner.Sees("seen", () => probed.Step()));
        Assert.Equal(0, probed.Step().Watched);
    }

    [SkippableFact]
    public void An_iterator_is_opened_no_longer()
    {
        Require(KernelFeatures.HasLinkType(BpfLinkType.Iter), "iterator");
        using OwnerProcess owner = OwnerProcess.Start(new("iterators", "each_task"));
        uint id = Assert.Single(owner.Links);

        owner.SeesUntilItIsKilled(() =>
        {
            try
            {
                using IteratorLink link = IteratorLink.OpenById(id);
                return link.ReadLines().Any();
            }
            catch (BpfSyscallException e) when (e.Error == BpfErrno.ENOENT)
            {
                return false;
            }
        });
    }

    [SkippableFact]
    public void A_congestion_control_is_chosen_no_longer()
    {
        StructOpsKernel.Require();
        using OwnerProcess owner = OwnerProcess.Start(new("struct_ops", "", "struct", "with_link"));

        owner.SeesUntilItIsKilled(() =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpCongestion, Encoding.ASCII.GetBytes("ebpfnet_link"));
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }

    private static void Require(FeatureSupport support, string hook) => Skip.IfNot(support.IsPresent, $"this kernel has no {hook} links: {support}");

    private static void GetThreadId() => _ = TaskCalls.Call(KernelArchitecture.Current.GetThreadIdSyscallNumber, 0, 0);

    private static unsafe void GetLimit()
    {
        LibC.ResourceLimit limit;
        _ = LibC.GetResourceLimit(0, &limit);
    }

    private static void KeepBusy()
    {
        long end = Environment.TickCount64 + 100;
        while (Environment.TickCount64 < end)
        {
            Thread.SpinWait(1000);
        }
    }

    /// <summary>A datagram that the host sends to itself.</summary>
    private void Send() => SendTo(IPAddress.Loopback);

    private void SendToDevice() => SendTo(IPAddress.Parse("10.7.0.2"));

    private void SendTo(IPAddress address)
    {
        using Socket socket = _host.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SendTo([1], new IPEndPoint(address, Port));
    }

    /// <summary>The kernel takes frames from packet sockets apart, to find their transport header.</summary>
    private void SendFrame() => _host.Run(() =>
    {
        using var socket = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
        byte[] frame = new byte[60];
        (frame[12], frame[13], frame[14]) = (0x08, 0x00, 0x45);
        socket.SendTo(frame, new LinkLayerEndPoint(1));
    });
}

using System.Net;
using System.Net.Sockets;
using DemoNetwork;
using EbpfNet.Abi;
using EbpfNet.KernelTests.Links;

namespace EbpfNet.KernelTests.Inspection;

/// <summary>Programs run without being attached: with contexts, packets, and frames that are real.</summary>
public sealed class TestRunTests : KernelTest
{
    private const int EthernetLength = 14;

    [SkippableFact]
    public void A_packets_context_goes_in_and_comes_out_changed()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("test_runs", "change_context"));
        var context = new SkBuffContext { Mark = 21, Priority = 5 };
        context.Control[1] = 7;

        BpfTestRunResult result = loaded.Programs["change_context"].TestRun(new BpfTestRun(new byte[100]), ref context);

        Assert.Equal(100u, result.ReturnValue);
        Assert.Equal((42u, 5u, 7u, 12u), (context.Mark, context.Priority, context.Control[1], context.Control[2]));
        Assert.Equal(192, result.ContextOutputLength);
    }

    [SkippableFact]
    public void A_field_that_the_kernel_does_not_take_in_is_refused_and_explained()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("test_runs", "change_context"));

        BpfSyscallException error = Assert.Throws<BpfSyscallException>(() =>
        {
            var context = new SkBuffContext { Hash = 1 };
            loaded.Programs["change_context"].TestRun(new BpfTestRun(new byte[100]), ref context);
        });

        Assert.Equal(BpfErrno.EINVAL, error.Error);
        Assert.Contains("only those fields set that the kernel takes in", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_XDP_context_has_metadata_and_an_interface_and_follows_the_program()
    {
        using var hosts = new XdpHosts();
        using BpfProgram pass = XdpPrograms.Pass();
        using XdpLink running = hosts.Attach(pass, XdpMode.Native); // XDP has to be running on the interface.
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("test_runs", "see_interface"));
        byte[] packet = new byte[8 + 64];
        packet[8 + 4] = 0xab; // What will be the packet's first byte.
        byte[] output = new byte[packet.Length];
        var context = new XdpMd { Data = 8, IngressInterfaceIndex = (uint)running.InterfaceIndex };
        BpfTestRunResult result = default;

        hosts.Receiver.Run(() => result = loaded.Programs["see_interface"].TestRun(new BpfTestRun(packet) { Output = output }, ref context));

        Assert.Equal(8000u + (uint)running.InterfaceIndex, result.ReturnValue);
        Assert.Equal((8u, 68u, 0u), (context.Data, context.DataEnd, context.DataMeta)); // The metadata has moved with the packet's start.
        Assert.Equal((68, 0xab), (result.OutputLength, output[8]));
    }

    [SkippableFact]
    public void Raw_arguments_reach_the_program()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("test_runs", "sum_arguments"));
        var arguments = (First: 40UL, Second: 2UL);

        BpfTestRunResult result = loaded.Programs["sum_arguments"].TestRun(new BpfTestRun { Cpu = 0 }, ref arguments);

        Assert.Equal(5u, result.ReturnValue);
        Assert.Equal(42UL, loaded.GetVariable<ulong>("sum_of_arguments").Value);
        Assert.Equal((40UL, 2UL), arguments);
    }

    [SkippableFact]
    public void A_syscall_program_changes_its_context()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("syscall"));
        var arguments = (A: 30UL, B: 12UL, Sum: 0UL, Process: 0UL);

        BpfTestRunResult result = loaded.Programs["add"].TestRun(new BpfTestRun(), ref arguments);

        Assert.Equal((7u, 42UL, (ulong)Environment.ProcessId), (result.ReturnValue, arguments.Sum, arguments.Process));
        Assert.Throws<ArgumentException>("run", () => loaded.Programs["add"].TestRun(new BpfTestRun { Repeat = 2 }));
        Assert.Throws<ArgumentException>("run", () => loaded.Programs["add"].TestRun(new BpfTestRun(new byte[64])));
    }

    [SkippableFact]
    public void A_packet_whose_checksum_is_not_kept_true_is_refused()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("test_runs", "keep_checksum", "break_checksum"));
        byte[] packet = new byte[64];
        byte[] output = new byte[64];

        BpfTestRunResult kept;
        try
        {
            kept = loaded.Programs["keep_checksum"].TestRun(new BpfTestRun(packet) { Output = output, ChecksumComplete = true });
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.EINVAL)
        {
            throw new SkipException("this kernel has no test runs with complete checksums");
        }

        Assert.Equal((0u, 64, 0xee), (kept.ReturnValue, kept.OutputLength, output[20]));
        BpfSyscallException broken = Assert.Throws<BpfSyscallException>(() => loaded.Programs["break_checksum"].TestRun(new BpfTestRun(packet) { ChecksumComplete = true }));
        Assert.Equal(BpfErrno.EBADMSG, broken.Error);
        Assert.Contains("without keeping its checksum true", broken.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Repeats_are_timed()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("socket_filter", "keep_none"));

        BpfTestRunResult result = loaded.Programs["keep_none"].TestRun(new BpfTestRun(new byte[64]) { Repeat = 10_000 });

        Assert.InRange(result.DurationNanoseconds, 1u, 1_000_000u);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8)]
    public void Live_frames_that_a_program_passes_are_received(int batchSize)
    {
        const int Frames = 40; // Each takes a page of the socket's buffer.
        using NetworkHost host = NetworkHost.Create("live");
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("test_runs", "count_live"));
        host.AddAddress("lo", IPAddress.Parse("10.9.8.7"), 32);
        using Socket receiver = host.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Any, 0));
        byte[] frame = UdpFrame(((IPEndPoint)receiver.LocalEndPoint!).Port, "hello"u8, [10, 9, 8, 6], [10, 9, 8, 7]);

        host.Run(() => loaded.Programs["count_live"].TestRun(new BpfTestRun(frame) { Repeat = Frames, LiveFrames = true, BatchSize = batchSize }));

        Assert.Equal((uint)Frames, loaded.GetVariable<uint>("live_frames").Value);
        byte[] buffer = new byte[64];
        for (int i = 0; i < Frames; i++)
        {
            Assert.True(receiver.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead), $"Only {i} frames were received.");
            Assert.Equal("hello"u8, buffer.AsSpan(0, receiver.Receive(buffer)));
        }

        Assert.False(receiver.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectRead));
    }

    [SkippableFact]
    public void Live_frames_come_in_by_the_interface_of_the_context()
    {
        using var hosts = new XdpHosts();
        using BpfProgram pass = XdpPrograms.Pass();
        using XdpLink running = hosts.Attach(pass, XdpMode.Native); // XDP has to be running on the interface.
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("test_runs", "count_live"));
        Assert.True(hosts.Delivers());
        using Socket receiver = hosts.Receiver.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Any, 0));
        byte[] frame = UdpFrame(((IPEndPoint)receiver.LocalEndPoint!).Port, "by the cable"u8, [172, 30, 0, 1], [172, 30, 0, 2]);
        hosts.Receiver.GetInterface(XdpHosts.Interface).Address.GetAddressBytes().CopyTo(frame, 0);
        var context = new XdpMd { IngressInterfaceIndex = (uint)running.InterfaceIndex };

        hosts.Receiver.Run(() => loaded.Programs["count_live"].TestRun(new BpfTestRun(frame) { LiveFrames = true }, ref context));

        Assert.True(receiver.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        byte[] buffer = new byte[64];
        EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
        Assert.Equal("by the cable"u8, buffer.AsSpan(0, receiver.ReceiveFrom(buffer, ref sender)));
        Assert.Equal(IPAddress.Parse("172.30.0.1"), ((IPEndPoint)sender).Address);
    }

    [SkippableFact]
    public void Too_large_a_batch_and_live_frames_for_another_kind_are_explained()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("test_runs", "count_live", "change_context"));

        BpfException batch = Assert.Throws<BpfSyscallException>(() => loaded.Programs["count_live"].TestRun(new BpfTestRun(new byte[64]) { LiveFrames = true, BatchSize = 1000 }));
        BpfException kind = Assert.Throws<BpfSyscallException>(() => loaded.Programs["change_context"].TestRun(new BpfTestRun(new byte[64]) { LiveFrames = true }));

        Assert.Contains("256 frames at most", batch.Message, StringComparison.Ordinal);
        Assert.Contains("Live frames are for XDP programs", kind.Message, StringComparison.Ordinal);
    }

    /// <summary>A UDP packet in an Ethernet frame, without a checksum and without hardware addresses, as the loopback interface has it.</summary>
    private static byte[] UdpFrame(int port, ReadOnlySpan<byte> text, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        byte[] frame = new byte[EthernetLength + 20 + 8 + text.Length];
        frame[12] = 0x08; // IPv4
        Span<byte> ip = frame.AsSpan(EthernetLength);
        ip[0] = 0x45;
        ip[3] = (byte)(20 + 8 + text.Length);
        ip[8] = 64; // TTL
        ip[9] = 17; // UDP
        from.CopyTo(ip[12..]);
        to.CopyTo(ip[16..]);
        uint sum = 0;
        for (int i = 0; i < 20; i += 2)
        {
            sum += (uint)((ip[i] << 8) | ip[i + 1]);
        }

        sum = ~((sum & 0xffff) + (sum >> 16)); // Ten words carry once.
        (ip[10], ip[11]) = ((byte)(sum >> 8), (byte)sum);
        Span<byte> udp = ip[20..];
        (udp[0], udp[1], udp[2], udp[3], udp[5]) = (0x10, 0, (byte)(port >> 8), (byte)port, (byte)(8 + text.Length));
        text.CopyTo(udp[8..]);
        return frame;
    }
}

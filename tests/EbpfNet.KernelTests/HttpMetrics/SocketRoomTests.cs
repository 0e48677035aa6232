using System.Globalization;
using DemoNetwork;
using EbpfNet.Abi;
using EbpfNet.Programs;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.KernelTests.HttpMetrics;

/// <summary>A socket has only so much room for its program: http_packets fits where that is least. Newer kernels translate it into more (6.18: 19,768 bytes, 6.1: 19,288), so that what fits here fits there.</summary>
[Trait("OtherKernels", "")]
public sealed class SocketRoomTests : KernelTest
{
    private const long Room = 20_480; // net.core.optmem_max before Linux 6.8, of a machine that nobody has changed
    private const string Setting = "/proc/sys/net/core/optmem_max";

    [SkippableFact]
    public void A_socket_has_room_for_http_packets_before_Linux_6_8()
    {
        using HttpMetricsProgram program = LoadPackets();

        (long header, long instructions) = ChargeOf(program);

        long excess = header + instructions - (Room - 1); // all of the room is already too much
        Assert.True(excess <= 0, $"http_packets takes {header} + {instructions} bytes of a socket, {excess} more than there are before Linux 6.8: it needs {(excess + 7) / 8} instructions less, as this kernel translates them");
    }

    /// <summary>The reckoning above is the kernel's.</summary>
    [SkippableFact]
    public void A_socket_is_charged_for_the_translated_program_and_its_header()
    {
        using HttpMetricsProgram program = LoadPackets();
        (long header, long instructions) = ChargeOf(program);
        using NetworkHost host = NetworkHost.Create("room");

        host.Run(() =>
        {
            Skip.IfNot(File.Exists(Setting), "this kernel has one net.core.optmem_max for all network namespaces (until Linux 6.8)");
            SetRoom(header + instructions);
            Assert.Contains("ENOMEM", Assert.Throws<BpfSyscallException>(() => program.HttpPackets.AttachSocketFilter("lo")).Message, StringComparison.Ordinal);
            SetRoom(header + instructions + 1);
            using SocketFilterLink link = program.HttpPackets.AttachSocketFilter("lo");
            Assert.True(link.IsAttached);
        });
    }

    private static HttpMetricsProgram LoadPackets()
    {
        Skip.IfNot(KernelFeatures.HasHelper(BpfProgramType.SocketFilter, BpfHelper.Loop).IsPresent, "this kernel has no bpf_loop (Linux 5.17)");
        Spec spec = ReadSpec();
        foreach (BpfProgramSpec program in spec.Object.Programs)
        {
            program.AutoLoad = program.Type == BpfProgramType.SocketFilter;
        }

        return Load(spec);
    }

    /// <summary>What <c>bpf_prog_size()</c> gives for it: <c>struct bpf_prog</c>, behind which the instructions are, those of functions that are called included.</summary>
    private static (long Header, long Instructions) ChargeOf(HttpMetricsProgram program)
        => (KernelTypes.OffsetOf("bpf_prog", "insnsi"), program.HttpPackets.GetInfo().XlatedLength);

    private static void SetRoom(long bytes) => File.WriteAllText(Setting, bytes.ToString(CultureInfo.InvariantCulture));
}

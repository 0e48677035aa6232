using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Programs;

namespace EbpfNet.KernelTests.XdpDrop;

/// <summary>
/// What a decision costs beside xdp-tools' xdp-filter, which knows addresses only: the same packets through <c>BPF_PROG_TEST_RUN</c>, in alternating rounds.
/// </summary>
public sealed class XdpDropCostTests : KernelTest
{
    private const double Bound = 1.1;
    private const int Rounds = 9;
    private const int Repeat = 200_000;
    private const int Sources = 8;

    // In xdp-filter's maps: drop by source address.
    private const ulong FilterSource = 1;

    /// <summary>Whether the sources are blocked, and for ours by which length: 0 is not at all.</summary>
    [SkippableTheory]
    [InlineData("203.0.113.0", 32)]
    [InlineData("198.51.100.0", 24)]
    [InlineData("192.0.2.0", 0)]
    [InlineData("2001:db8:1::", 128)]
    [InlineData("2001:db8:2::", 48)]
    [InlineData("2001:db8:3::", 0)]
    public void A_decision_costs_at_most_a_tenth_more_than_xdp_filters(string network, int blockedLength)
    {
        using BpfObject filter = LoadFilter();
        using XdpDropProgram program = XdpDropProgram.Load();
        BlockOthers(program, filter);
        IPAddress[] sources = [.. Enumerable.Range(1, Sources).Select(i => Numbered(network, i * 31))];
        if (blockedLength > 0)
        {
            foreach (IPAddress source in sources)
            {
                program.Block(Networks.Cut(source, blockedLength));
                BlockInFilter(filter, source);
            }
        }

        XdpAction expected = blockedLength > 0 ? XdpAction.Drop : XdpAction.Pass;
        byte[][] frames = [.. sources.Select(source => Frame.From(source))];
        List<double> ratios = [];
        for (int round = 0; round < Rounds; round++)
        {
            // Packet by packet, so that whatever else the machine does meets both alike.
            double ours = 0, theirs = 0;
            for (int i = 0; i < Sources; i++)
            {
                bool oursFirst = (round + i) % 2 == 0;
                ours += oursFirst ? Measure(program.XdpDrop, frames[i], expected) : 0;
                theirs += Measure(filter.Programs["xdpfilt_alw_ip"], frames[i], expected);
                ours += oursFirst ? 0 : Measure(program.XdpDrop, frames[i], expected);
            }

            ratios.Add(ours / theirs);
        }

        ratios.Sort();
        Assert.True(ratios[Rounds / 2] <= Bound, $"The median of {Rounds} ratios is {ratios[Rounds / 2]:0.000}; all: {string.Join(' ', ratios.Select(ratio => ratio.ToString("0.00", CultureInfo.InvariantCulture)))}");
    }

    private static uint Measure(BpfProgram program, byte[] frame, XdpAction expected)
    {
        BpfTestRunResult result = program.TestRun(new BpfTestRun(frame) { Repeat = Repeat });
        Assert.Equal(expected, (XdpAction)result.ReturnValue);
        return result.DurationNanoseconds;
    }

    private static BpfObject LoadFilter()
    {
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(FindFilter());
        foreach (BpfMapSpec map in spec.Maps)
        {
            map.Pinning = BpfMapPinning.None;
        }

        return BpfObject.Load(spec);
    }

    private static string FindFilter()
    {
        string? file = Directory.Exists("/usr/lib") ? new[] { "/usr/lib" }.Concat(Directory.GetDirectories("/usr/lib"))
            .Select(folder => Path.Combine(folder, "bpf", "xdpfilt_alw_ip.o")).FirstOrDefault(File.Exists) : null;
        Skip.If(file is null, "xdpfilt_alw_ip.o is not there (Debian: apt-get install xdp-tools)");
        return file!;
    }

    /// <summary>A thousand addresses of each family for both, and as many networks of all lengths for ours, which the other cannot have.</summary>
    private static void BlockOthers(XdpDropProgram program, BpfObject filter)
    {
        Random random = new(1);
        for (int i = 0; i < 1000; i++)
        {
            byte[] ipv4 = [10, 0, 0, 0], ipv6 = [0x2a, 0x02, .. new byte[14]];
            random.NextBytes(ipv4.AsSpan(1));
            random.NextBytes(ipv6.AsSpan(2));
            foreach (IPAddress address in new[] { new IPAddress(ipv4), new IPAddress(ipv6) })
            {
                program.Block(address);
                BlockInFilter(filter, address);
            }

            random.NextBytes(ipv4.AsSpan(1));
            random.NextBytes(ipv6.AsSpan(2));
            program.Block(Networks.Cut(new IPAddress(ipv4), 8 + (i % 25)));
            program.Block(Networks.Cut(new IPAddress(ipv6), 16 + (i % 113)));
        }
    }

    private static IPAddress Numbered(string network, int number)
    {
        byte[] bytes = IPAddress.Parse(network).GetAddressBytes();
        bytes[^1] = (byte)number;
        return new IPAddress(bytes);
    }

    private static void BlockInFilter(BpfObject filter, IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            new BpfPerCpuHashMap<uint, ulong>(filter.Maps["filter_ipv4"]).SetAll(BitConverter.ToUInt32(address.GetAddressBytes()), FilterSource);
        }
        else
        {
            new BpfPerCpuHashMap<In6Addr, ulong>(filter.Maps["filter_ipv6"]).SetAll(new In6Addr(address.GetAddressBytes()), FilterSource);
        }
    }

    // struct in6_addr of the kernel's headers: nothing but a union.
    private readonly struct In6Addr(ReadOnlySpan<byte> address)
    {
        public readonly In6Union In6U = MemoryMarshal.Read<In6Union>(address);
    }

    [InlineArray(16)]
    private struct In6Union
    {
        private byte _first;
    }
}

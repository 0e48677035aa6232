using System.Buffers.Binary;
using System.Net;
using DemoNetwork;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>What a flood of forged connection attempts does to it.</summary>
public sealed class ProxyFloodTests
{
    private const int Port = 7000;
    private const int TargetPort = 9001;
    private const int Packets = 300_000;
    private const int SequenceNumberAt = 24;
    private const long MostMemory = 150; // MiB

    private static readonly IPAddress Address = IPAddress.Parse("172.20.0.1");

    [SkippableFact]
    public async Task Forged_connection_attempts_leave_it_small_and_answering()
    {
        Requires.Bpf();
        using ProxiedNetwork network = new();
        using NetworkHost forger = ForgedFlood.CreateForger(network.Host, "eth0", Address);
        network.StartTarget("A", TargetPort);
        network.Configure($"{Port}", TargetPort);
        await using ExampleProcess proxy = await network.StartProxyAsync("--listen", "127.0.0.1:9090");
        using HttpClient metrics = network.Host.CreateHttpClient(TimeSpan.FromSeconds(20));

        Assert.Equal("A first", await network.AskAsync(Port, "first")); // takes the longest
        ForgedFlood forged = new(forger, "eth0");
        Task flood = Task.Run(() => forged.Send(MakeAttempt(), Address, Packets, SequenceNumberAt));
        int answers = 0;
        while (!flood.IsCompleted)
        {
            Assert.Equal("A word", await network.AskAsync(Port, "word"));
            answers++;
        }

        await flood;
        Assert.Equal("A after", await network.AskAsync(Port, "after", Address));
        Assert.True(answers > 3, "it was over too soon to tell");
        Assert.InRange(await ProxiedNetwork.FigureAsync(metrics, "tcpproxy_steered_total"), Packets - forged.DroppedOnTheWay, long.MaxValue); // they came that far
        Assert.InRange(ForgedFlood.PeakMemory(proxy.Id), 20, MostMemory);
    }

    /// <summary>A SYN, checksum and all.</summary>
    private static byte[] MakeAttempt()
    {
        byte[] packet = new byte[40];
        (packet[0], packet[3], packet[8], packet[9]) = (0x45, 40, 64, 6);
        Address.GetAddressBytes().CopyTo(packet, 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), Port);
        (packet[32], packet[33], packet[34]) = (0x50, 0x02, 0xFF); // 20 bytes, SYN, window
        uint sum = 6 + 20; // protocol and length; source and sequence number add up to nothing
        for (int at = 16; at < packet.Length; at += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(at));
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(36), (ushort)~(sum + (sum >> 16)));
        return packet;
    }
}

using System.Globalization;
using System.Net;
using EbpfNet.Abi;

namespace EbpfNet.AotTests;

/// <summary>Every kind of view once, where this process may create maps: one line that says what they held.</summary>
internal static class MapCases
{
    public static string Run()
    {
        try
        {
            return UseEach();
        }
        catch (Exception e) when (e is BpfException or PlatformNotSupportedException)
        {
            return e.Message;
        }
    }

    private static string UseEach()
    {
        using var hash = BpfHashMap<Inner, BytesAndPackets>.Create("aot_hash", 16);
        hash.Add(new Inner { Port = 80 }, new BytesAndPackets(1, 2));
        ulong sum = 0;
        foreach ((Inner key, BytesAndPackets value) in hash)
        {
            sum += key.Port + value.Packets;
        }

        using var array = BpfArray<uint>.Create("aot_array", 4);
        array[3] = 5;
        sum += array[3];
        using var perCpu = BpfPerCpuArray<uint>.Create("aot_percpu", 1);
        perCpu.WriteAll(0, 1);
        sum += perCpu.Sum(0) / (uint)perCpu.CpuCount;
        using var perCpuHash = BpfPerCpuHashMap<int, ulong>.Create("aot_percpu_hash", 4);
        perCpuHash.SetAll(7, 11);
        foreach (BpfPerCpuEntry<int, ulong> entry in perCpuHash)
        {
            sum += entry[0];
        }

        using var trie = BpfLpmTrie<Ipv4LpmKey, byte>.Create("aot_trie", 4);
        trie.Set(new Ipv4LpmKey(IPNetwork.Parse("10.0.0.0/8")), 100);
        sum += trie[new Ipv4LpmKey(IPAddress.Parse("10.1.2.3"))];
        trie.Set(IPNetwork.Parse("192.0.2.0/24"), 200);
        sum += trie.TryGetValue(IPAddress.Parse("192.0.2.9"), out byte zone) ? zone : 0u;
        perCpuHash.SetRange([8, 9], new ulong[2 * perCpuHash.CpuCount]);
        sum += (ulong)perCpuHash.RemoveRange([7, 8, 9]) + perCpu.Read(0, 0);
        using var mapped = BpfArray<ulong>.Create("aot_mapped", 8, BpfMapFlags.Mmapable);
        mapped[1] = mapped.Add(2, 20) + 1;
        using BpfMapped<ulong> memory = mapped.MapMemory();
        foreach (ref ulong value in memory)
        {
            sum += value;
        }

        sum += (ulong)memory.Span.Length;
        return sum.ToString(CultureInfo.InvariantCulture);
    }
}

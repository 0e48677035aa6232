using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Maps;

/// <summary>What programs have where they are attached to control groups.</summary>
public sealed class AttachedCgroupStorageTests : KernelTest
{
    [SkippableFact]
    public void A_program_and_user_space_share_what_is_kept_where_it_is_attached()
    {
        string own = Cgroups.Own();
        ulong id = InodeOf(own);
        var key = new BpfAttachedCgroupKey(id, BpfAttachType.CgroupInetEgress);
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("cgroup_attached"));
        BpfAttachedCgroupStorage<BpfAttachedCgroupKey, Traffic> byHook = loaded.GetAttachedCgroupStorage<BpfAttachedCgroupKey, Traffic>("by_hook");
        BpfPerCpuAttachedCgroupStorage<ulong, uint> byCpu = loaded.GetPerCpuAttachedCgroupStorage<ulong, uint>("by_cpu");
        var perCpu = new uint[byCpu.CpuCount];
        Assert.Empty(byHook);
        Assert.Equal(0, byCpu.Count);
        Assert.False(byHook.TryGetValue(key, out _));
        Assert.False(byHook.TryUpdate(key, default));
        Assert.False(byCpu.TryGetValue(id, perCpu));
        Assert.False(byCpu.TryUpdate(id, perCpu));

        using (Attach(loaded.Programs["count_leaving"], own))
        {
            Assert.Equal(key, Assert.Single(byHook).Key);
            Assert.Equal(1, byCpu.Count);
            perCpu.AsSpan().Fill(1000);
            Assert.True(byHook.TryUpdate(key, new Traffic(1000, 0)));
            Assert.True(byCpu.TryUpdate(id, perCpu));
            SendThree();

            Assert.True(byHook.TryGetValue(key, out Traffic traffic));
            Assert.InRange(traffic.Packets, 1003ul, 1_000_000ul); // Others in the group may send, too.
            Assert.InRange(traffic.Bytes, 3ul * 28, ulong.MaxValue);
            Assert.True(byCpu.TryGetSum(id, out uint sum));
            Assert.InRange(sum, (1000 * (uint)byCpu.CpuCount) + 3, uint.MaxValue);
            Assert.True(byCpu.TryGetValue(id, perCpu));
            Assert.True(byCpu.ContainsKey(id));
            foreach (BpfPerCpuEntry<ulong, uint> entry in byCpu)
            {
                Assert.Equal(id, entry.Key);
                Assert.All(perCpu, count => Assert.InRange(count, 1000u, uint.MaxValue));
            }
        }

    }

    /// <summary>The key that older kernels make up at the end of the list may be the root's, which is 1.</summary>
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void Each_control_group_is_shown_once_wherever_the_root_is_among_them(int rootAt)
    {
        string[] children = [.. Enumerable.Range(0, 4).Select(i => Path.Combine(Cgroups.Mount(), $"ebpfnet-test-{Environment.ProcessId}-{i}"))];
        List<string> paths = [.. children];
        paths.Insert(rootAt, Cgroups.Mount());
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("cgroup_attached"));
        BpfPerCpuAttachedCgroupStorage<ulong, uint> byCpu = loaded.GetPerCpuAttachedCgroupStorage<ulong, uint>("by_cpu");
        BpfAttachedCgroupStorage<BpfAttachedCgroupKey, Traffic> byHook = loaded.GetAttachedCgroupStorage<BpfAttachedCgroupKey, Traffic>("by_hook");
        var links = new List<BpfHandle>();
        try
        {
            var ids = new List<ulong>();
            foreach (string path in paths)
            {
                Directory.CreateDirectory(path);
                links.Add(Attach(loaded.Programs["count_leaving"], path));
                using BpfCgroup cgroup = BpfCgroup.Open(path);
                ids.Add(cgroup.Id);
                Assert.Equal(InodeOf(path), cgroup.Id);
                Assert.True(byHook.ContainsKey(new BpfAttachedCgroupKey(cgroup, BpfAttachType.CgroupInetEgress)));
                Assert.Equal((ids.Count, ids.Count), (byCpu.Count, byHook.Count));
            }

            var found = new List<ulong>();
            foreach (BpfPerCpuEntry<ulong, uint> entry in byCpu)
            {
                found.Add(entry.Key);
            }

            Assert.Equal(ids.Order(), found.Order());
            Assert.Equal(ids.Order(), byHook.Select(element => element.Key.CgroupId).Order());
        }
        finally
        {
            links.ForEach(link => link.Dispose());
            foreach (string child in children.Where(Directory.Exists))
            {
                Directory.Delete(child);
            }
        }
    }

    [SkippableFact]
    public void A_folder_that_is_no_control_group_has_no_id()
    {
        using BpfCgroup folder = BpfCgroup.Open("/tmp");
        Assert.Contains("not one of a control group", Assert.Throws<BpfSyscallException>(() => folder.Id).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("cgroup", () => new BpfAttachedCgroupKey(null!, BpfAttachType.CgroupInetEgress));
        BpfObjectSpec spec = TestObjects.Read("cgroup_attached");
        spec.Maps["by_hook"].MaxEntries = 5;
        Assert.Contains("no max_entries", Assert.Throws<BpfSyscallException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Other_views_and_other_keys_are_refused_with_what_to_use()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("cgroup_attached"));

        Assert.Contains("use BpfAttachedCgroupStorage<", Assert.Throws<ArgumentException>(() => loaded.GetHashMap<ulong, Traffic>("by_hook")).Message, StringComparison.Ordinal);
        Assert.Contains("use BpfPerCpuAttachedCgroupStorage<", Assert.Throws<ArgumentException>(() => loaded.GetHashMap<ulong, uint>("by_cpu")).Message, StringComparison.Ordinal);
        Assert.Throws<BpfLayoutException>(() => loaded.GetAttachedCgroupStorage<ulong, Traffic>("by_hook"));
        Assert.Throws<BpfLayoutException>(() => loaded.GetPerCpuAttachedCgroupStorage<ulong, ulong>("by_cpu"));
    }

    private static BpfHandle Attach(BpfProgram program, string path)
    {
        using BpfCgroup cgroup = BpfCgroup.Open(path);
        BpfErrno error = SockMapProbes.CreateLink(cgroup.Handle, program.Handle, BpfAttachType.CgroupInetEgress, out BpfHandle? link);
        Skip.If(error == BpfErrno.EINVAL, "this kernel has no links on control groups (Linux 5.7)");
        Assert.Equal(BpfErrno.None, error);
        return link!;
    }

    private static ulong InodeOf(string path)
    {
        using Process stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%i", path]) { RedirectStandardOutput = true })!;
        return ulong.Parse(stat.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }

    private static void SendThree()
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (int i = 0; i < 3; i++)
        {
            sender.SendTo(new byte[8], receiver.LocalEndPoint!);
        }
    }

    private readonly record struct Traffic(ulong Packets, ulong Bytes);
}

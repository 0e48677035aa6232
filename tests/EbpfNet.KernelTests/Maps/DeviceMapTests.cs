using DemoNetwork;
using EbpfNet.Abi;
using EbpfNet.KernelTests.Links;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Maps of interfaces: what user space sees of them, and real packets that programs redirect through them.</summary>
public sealed class DeviceMapTests : KernelTest
{
    private const int Loopback = 1;
    private static readonly Config SomeRuns = Config.QuickThrowOnFailure.WithMaxTest(30).WithEndSize(30);

    private readonly BpfObject _loaded;

    public DeviceMapTests() => _loaded = BpfObject.Load(TestObjects.Read("redirects"));

    public override void Dispose()
    {
        _loaded.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(XdpMode.Native)]
    [InlineData(XdpMode.Generic)]
    public void Packets_leave_by_the_interface_that_the_array_says(XdpMode mode)
    {
        using var wire = new XdpWire(_loaded.Programs["pass"]);
        BpfDeviceMap devices = _loaded.GetDeviceMap("devices");
        wire.Attach(_loaded.Programs["forward"], mode);
        int left = wire.Middle.GetInterface(XdpWire.Left).Index;
        int right = wire.Middle.GetInterface(XdpWire.Right).Index;
        _loaded.GetVariable<uint>("chosen").Value = (uint)left;
        Assert.True(wire.Drops());

        wire.Middle.Run(() =>
        {
            devices.Set(0, left);
            devices.Set(1, XdpWire.Right);
        });

        Assert.True(wire.Delivers());
        Assert.Equal([KeyValuePair.Create(0, new BpfDeviceTarget(left, 0)), KeyValuePair.Create(1, new BpfDeviceTarget(right, 0))], devices);
        Assert.True(devices.Remove(0));
        Assert.True(devices.Remove(1));
        Assert.True(wire.Drops());
    }

    [SkippableTheory]
    [InlineData(XdpMode.Native)]
    [InlineData(XdpMode.Generic)]
    public void A_program_of_the_map_sees_packets_before_they_leave_and_may_drop_them(XdpMode mode)
    {
        using var wire = new XdpWire(_loaded.Programs["pass"]);
        BpfDeviceHashMap devices = _loaded.GetDeviceHashMap("devices_by_key");
        BpfProgram leaving = _loaded.Programs["leaving"];
        wire.Attach(_loaded.Programs["forward_by_key"], mode);
        int left = wire.Middle.GetInterface(XdpWire.Left).Index;
        int right = wire.Middle.GetInterface(XdpWire.Right).Index;
        wire.Middle.Run(() =>
        {
            devices.Set((uint)left, XdpWire.Right, leaving);
            devices.Set((uint)right, left);
        });

        Assert.True(wire.Delivers());
        Assert.InRange(_loaded.GetVariable<ulong>("seen").Value, 1ul, 1000ul);
        Assert.Equal((uint)right, _loaded.GetVariable<uint>("egress_ifindex").Value);
        Assert.True(devices.TryGetValue((uint)left, out BpfDeviceTarget target));
        Assert.Equal(new BpfDeviceTarget(right, leaving.Id), target);
        _loaded.GetVariable<uint>("drops").Value = 1;
        wire.Middle.Run(() => devices.Set((uint)right, left, leaving));
        Assert.True(wire.Drops());
        devices.Clear();
        Assert.Empty(devices);
    }

    [SkippableFact]
    public void An_interface_that_disappears_leaves_both_maps()
    {
        using var map = BpfDeviceMap.Create("leaving", 2);
        using var hash = BpfDeviceHashMap.Create("leaving_hash", 2);
        using (NetworkHost host = NetworkHost.Create("leaving"))
        {
            using NetworkHost other = NetworkHost.Create("other");
            VethPair.Create(host, "eth0", other, "eth0");
            host.Run(() =>
            {
                map.Set(1, "eth0");
                hash.Set(7, "eth0");
                map.Set(0, Loopback);
            });
            Assert.Equal((2, 1), (map.Count, hash.Count));
            host.Run(() => Tool.Run("ip", "link del dev eth0"));
            Assert.Equal([0], map.Select(pair => pair.Key));
            Assert.Empty(hash);
        }
    }

    [SkippableFact]
    public void What_is_not_there_or_does_not_suit_is_refused_with_the_reason()
    {
        BpfDeviceMap devices = _loaded.GetDeviceMap("devices");
        BpfDeviceMap plain = _loaded.GetDeviceMap("plain_devices");
        Assert.Equal((true, false), (devices.HasPrograms, plain.HasPrograms));

        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => devices.Set(0, "loo"));
        Assert.Contains("put interface 'loo' into map 'devices'", e.Message, StringComparison.Ordinal);
        Assert.Contains("Interface 'loo' not found", e.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'lo'?", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<BpfSyscallException>(() => devices.Set(0, 999_999));
        Assert.Contains("Interface with index 999999 not found; interfaces in this network namespace: lo", e.Message, StringComparison.Ordinal);
        Assert.Contains("section 'xdp/devmap'", Assert.Throws<ArgumentException>("egressProgram", () => devices.Set(0, Loopback, _loaded.Programs["pass"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("egressProgram", () => devices.Set(0, Loopback, _loaded.Programs["arriving"]));
        BpfNotSupportedException unsupported = Assert.Throws<BpfNotSupportedException>(() => plain.Set(0, "lo", _loaded.Programs["leaving"]));
        Assert.Contains("declare them as struct bpf_devmap_val", unsupported.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("interfaceIndex", () => devices.Set(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => devices.Set(4, Loopback));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => devices.TryGetValue(-1, out _));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => devices.Remove(4));
        Assert.Contains("use BpfDeviceHashMap", Assert.Throws<ArgumentException>("map", () => new BpfDeviceMap(_loaded.Maps["devices_by_key"])).Message, StringComparison.Ordinal);

        // A program that was opened again does not say what it is for: the kernel refuses it.
        using BpfProgram opened = BpfProgram.OpenById(_loaded.Programs["pass"].Id);
        Assert.Contains("is not one for such maps", Assert.Throws<BpfSyscallException>(() => devices.Set(0, Loopback, opened)).Message, StringComparison.Ordinal);
        Assert.Empty(devices);
        plain.Set(3, "lo");
        Assert.Equal([KeyValuePair.Create(3, new BpfDeviceTarget(Loopback, 0))], plain);
    }

    [SkippableFact]
    public void A_map_of_interfaces_that_is_pinned_is_shared_though_the_kernel_has_changed_its_flags()
    {
        using var pins = new BpfFileSystem();
        BpfObjectSpec spec = TestObjects.ReadOnly("redirects");
        spec.Maps["devices"].PinPath = pins["devices"];
        using BpfObject first = BpfObject.Load(spec);
        Assert.True(first.Maps["devices"].Flags.HasFlag(BpfMapFlags.ReadOnlyProgram));
        first.GetDeviceMap("devices").Set(2, "lo");

        using BpfObject second = BpfObject.Load(spec);

        Assert.Equal(first.Maps["devices"].Id, second.Maps["devices"].Id);
        Assert.Equal([2], second.GetDeviceMap("devices").Select(pair => pair.Key));
    }

    [SkippableFact]
    public void A_hash_table_of_interfaces_does_what_a_dictionary_does()
    {
        using var map = BpfDeviceHashMap.Create("model_devices", 3);
        BpfProgram program = _loaded.Programs["leaving"];
        Gen<(int, int, bool)> operation = Gen.Choose(0, 5).Zip(Gen.Choose(0, 4)).Zip(Gen.Elements(true, false), (pair, with) => (pair.Item1, pair.Item2, with));
        Check.One(SomeRuns, Prop.ForAll(operation.ArrayOf().ToArbitrary(), operations =>
        {
            map.Clear();
            var model = new Dictionary<uint, BpfDeviceTarget>();
            foreach ((int what, int number, bool with) in operations)
            {
                uint key = (uint)number * 0x4000_0001;
                var target = new BpfDeviceTarget(Loopback, with ? program.Id : 0);
                bool full = model.Count == 3 && !model.ContainsKey(key);
                switch (what)
                {
                    case 0 or 1 when full:
                        Assert.Contains("is full (3 entries)", Assert.Throws<BpfSyscallException>(() => map.Set(key, Loopback)).Message, StringComparison.Ordinal);
                        break;
                    case 0:
                        map.Set(key, "lo", with ? program : null);
                        model[key] = target;
                        break;
                    case 1:
                        Assert.Equal(model.TryAdd(key, target), map.TryAdd(key, Loopback, with ? program : null));
                        break;
                    case 2:
                        Assert.Equal(model.Remove(key), map.Remove(key));
                        break;
                    case 3:
                        map.Clear();
                        model.Clear();
                        break;
                    default:
                        Assert.Equal(model.TryGetValue(key, out BpfDeviceTarget expected), map.TryGetValue(key, out BpfDeviceTarget found));
                        Assert.Equal((expected, model.ContainsKey(key)), (found, map.ContainsKey(key)));
                        break;
                }
            }

            Assert.Equal(model.OrderBy(pair => pair.Key), map.OrderBy(pair => pair.Key));
            Assert.Equal(model.Count, map.Count);
        }));
    }

    [SkippableFact]
    public void Several_threads_put_interfaces_in_and_take_them_out_at_once()
    {
        using var map = BpfDeviceHashMap.Create("busy_devices", 64);
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            for (int round = 0; round < 200; round++)
            {
                uint key = (uint)((thread * 16) + (round % 16));
                Assert.True(map.TryAdd(key, Loopback));
                Assert.False(map.TryAdd(key, Loopback));
                Assert.Contains(map, pair => pair.Key == key && pair.Value.InterfaceIndex == Loopback);
                Assert.True(map.Remove(key));
                Assert.False(map.Remove(key));
            }
        });
        Assert.Empty(map);
    }
}

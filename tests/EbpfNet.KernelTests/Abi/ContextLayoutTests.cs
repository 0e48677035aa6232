using System.Runtime.CompilerServices;
using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Abi;

/// <summary>The contexts of test runs are as C has them.</summary>
public sealed class ContextLayoutTests
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["Data"] = "data",
        ["DataEnd"] = "data_end",
        ["DataMeta"] = "data_meta",
        ["IngressInterfaceIndex"] = "ingress_ifindex",
        ["RxQueueIndex"] = "rx_queue_index",
        ["EgressInterfaceIndex"] = "egress_ifindex",
        ["Length"] = "len",
        ["PacketType"] = "pkt_type",
        ["Mark"] = "mark",
        ["QueueMapping"] = "queue_mapping",
        ["Protocol"] = "protocol",
        ["VlanPresent"] = "vlan_present",
        ["VlanTag"] = "vlan_tci",
        ["VlanProtocol"] = "vlan_proto",
        ["Priority"] = "priority",
        ["InterfaceIndex"] = "ifindex",
        ["TcIndex"] = "tc_index",
        ["Control"] = "cb",
        ["Hash"] = "hash",
        ["TcClassId"] = "tc_classid",
        ["NapiId"] = "napi_id",
        ["Family"] = "family",
        ["RemoteIPv4"] = "remote_ip4",
        ["LocalIPv4"] = "local_ip4",
        ["RemoteIPv6"] = "remote_ip6",
        ["LocalIPv6"] = "local_ip6",
        ["RemotePort"] = "remote_port",
        ["LocalPort"] = "local_port",
        ["FlowKeys"] = "flow_keys",
        ["TimeStamp"] = "tstamp",
        ["WireLength"] = "wire_len",
        ["GsoSegments"] = "gso_segs",
        ["Socket"] = "sk",
        ["GsoSize"] = "gso_size",
        ["TimeStampType"] = "tstamp_type",
        ["HardwareTimeStamp"] = "hwtstamp",
    };

    private static readonly (Type Type, string CType)[] Contexts = [(typeof(XdpMd), "struct xdp_md"), (typeof(SkBuffContext), "struct __sk_buff")];

    [SkippableFact]
    public void Every_field_is_where_the_C_compiler_has_it()
    {
        CCompiler.Require();
        var fields = Contexts.SelectMany(context => StructLayouts.Read(context.Type).Select(field => (context.CType, CName: Names[field.Name], field.Offset, field.Size))).ToArray();
        HashSet<(string, string)> known = CCompiler.FindMembers([.. fields.Select(field => (field.CType, field.CName))]);

        string problems = CCompiler.Check(fields.Where(field => known.Contains((field.CType, field.CName))).Select(field =>
            $"offsetof({field.CType}, {field.CName}) == {field.Offset} && sizeof((({field.CType} *)0)->{field.CName}) == {field.Size}"));

        Assert.Equal("", problems);
        Assert.True(known.Count > 30, $"These headers know {known.Count} fields only.");
    }

    [SkippableFact]
    public void Every_field_is_where_the_running_kernel_has_it()
    {
        const string KernelTypes = "/sys/kernel/btf/vmlinux";
        Skip.IfNot(File.Exists(KernelTypes), "this kernel has no BTF");
        Btf.BtfSpec kernel = Btf.BtfSpec.Parse(File.ReadAllBytes(KernelTypes));
        foreach ((Type type, string cType) in Contexts)
        {
            Btf.BtfComposite known = kernel.FindAll(cType.Split(' ')[1]).OfType<Btf.BtfComposite>().Single();
            foreach ((string name, int offset, int size) in StructLayouts.Read(type))
            {
                bool found = kernel.TryFindField(known.Id, Names[name], out Btf.BtfField field);
                Skip.IfNot(found, $"this kernel has no {cType}.{Names[name]}");
                int bytes = field.IsBitfield ? field.BitfieldSize / 8 : (int)kernel.SizeOf(field.Type);
                Assert.Equal((name, offset, size), (name, (int)field.ByteOffset, bytes));
            }

            Assert.Equal(known.Size, (uint)RuntimeHelpers.SizeOf(type.TypeHandle));
        }
    }
}

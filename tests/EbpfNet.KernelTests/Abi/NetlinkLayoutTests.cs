using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Abi;

/// <summary>The structs of netlink's messages are as C has them.</summary>
public sealed class NetlinkLayoutTests
{
    [SkippableFact]
    public void Every_field_is_where_the_C_compiler_has_it()
    {
        CCompiler.Require();
        string[] conditions =
        [
            .. Conditions(typeof(InterfaceInfoMessage), "struct ifinfomsg", "ifi_family", "ifi_type", "ifi_index", "ifi_flags", "ifi_change"),
            .. Conditions(typeof(TrafficControlMessage), "struct tcmsg", "tcm_family", "tcm_ifindex", "tcm_handle", "tcm_parent", "tcm_info"),
            .. Conditions(typeof(BpfActionMessage), "struct tc_act_bpf", "index", "capab", "action", "refcnt", "bindcnt"),
            .. Conditions(typeof(SocketCalls.NetlinkAddress), "struct sockaddr_nl", "nl_family", "nl_pid", "nl_groups"),
            $"sizeof(struct ifinfomsg) == {Unsafe.SizeOf<InterfaceInfoMessage>()}",
            $"sizeof(struct tcmsg) == {Unsafe.SizeOf<TrafficControlMessage>()}",
            $"sizeof(struct tc_act_bpf) == {Unsafe.SizeOf<BpfActionMessage>()}",
            $"sizeof(struct sockaddr_nl) == {Unsafe.SizeOf<SocketCalls.NetlinkAddress>()}",
            $"sizeof(struct nlmsghdr) == {NetlinkMessage.HeaderSize}",
            $"sizeof(struct nlattr) == {NetlinkMessage.AttributeHeaderSize}",
        ];

        Assert.Equal("", CCompiler.Check(conditions));
    }

    private static IEnumerable<string> Conditions(Type type, string cType, params string[] cFields)
    {
        (string Name, int Offset, int Size)[] fields = [.. StructLayouts.Read(type)];
        Assert.Equal(fields.Length, cFields.Length);
        return fields.Zip(cFields, (field, cName) => $"offsetof({cType}, {cName}) == {field.Offset} && sizeof((({cType} *)0)->{cName}) == {field.Size}");
    }
}

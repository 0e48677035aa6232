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
            .. Conditions(typeof(RouteMessage), "struct rtmsg", "rtm_family", "rtm_dst_len", "rtm_src_len", "rtm_tos", "rtm_table", "rtm_protocol", "rtm_scope", "rtm_type", "rtm_flags"),
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

    [SkippableFact]
    public void The_numbers_of_filters_and_routes_are_those_of_C()
    {
        CCompiler.Require();
        (string Name, uint Value)[] numbers =
        [
            ("RTM_NEWQDISC", (uint)NetlinkType.NewQdisc), ("RTM_DELQDISC", (uint)NetlinkType.DeleteQdisc), ("RTM_GETQDISC", (uint)NetlinkType.GetQdisc),
            ("RTM_NEWTFILTER", (uint)NetlinkType.NewFilter), ("RTM_DELTFILTER", (uint)NetlinkType.DeleteFilter), ("RTM_GETTFILTER", (uint)NetlinkType.GetFilter),
            ("RTM_NEWROUTE", (uint)NetlinkType.NewRoute), ("RTM_DELROUTE", (uint)NetlinkType.DeleteRoute), ("RTM_GETROUTE", (uint)NetlinkType.GetRoute),
            ("NLM_F_ECHO", (uint)NetlinkFlags.Echo), ("NLM_F_REPLACE", (uint)NetlinkFlags.Replace), ("NLM_F_EXCL", (uint)NetlinkFlags.Exclusive), ("NLM_F_CREATE", (uint)NetlinkFlags.Create),
            ("TC_H_CLSACT", TrafficControl.Clsact), ("TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)", TrafficControl.Ingress), ("TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)", TrafficControl.Egress),
            ("TCA_KIND", TrafficControlAttribute.Kind), ("TCA_OPTIONS", TrafficControlAttribute.Options), ("TCA_CHAIN", TrafficControlAttribute.Chain),
            ("TCA_BPF_ACT", BpfFilterAttribute.Actions), ("TCA_BPF_OPS_LEN", BpfFilterAttribute.ClassicLength), ("TCA_BPF_OPS", BpfFilterAttribute.ClassicCode), ("TCA_BPF_FD", BpfFilterAttribute.Fd),
            ("TCA_BPF_NAME", BpfFilterAttribute.Name), ("TCA_BPF_FLAGS", BpfFilterAttribute.Flags), ("TCA_BPF_ID", BpfFilterAttribute.ProgramId), ("TCA_BPF_FLAG_ACT_DIRECT", BpfFilterAttribute.DirectAction),
            ("TCA_ACT_KIND", BpfActionAttribute.Kind), ("TCA_ACT_OPTIONS", BpfActionAttribute.Options), ("TCA_ACT_BPF_PARMS", BpfActionAttribute.Parameters), ("TCA_ACT_BPF_FD", BpfActionAttribute.Fd),
            ("TCA_ACT_BPF_NAME", BpfActionAttribute.Name), ("TCA_ACT_BPF_ID", BpfActionAttribute.ProgramId),
            ("RTA_DST", RouteAttribute.Destination), ("RTA_OIF", RouteAttribute.OutgoingInterface), ("RTA_GATEWAY", RouteAttribute.Gateway), ("RTA_PRIORITY", RouteAttribute.Priority),
            ("RTA_TABLE", RouteAttribute.Table), ("RTA_ENCAP_TYPE", RouteAttribute.EncapsulationType), ("RTA_ENCAP", RouteAttribute.Encapsulation),
            ("LWTUNNEL_ENCAP_BPF", RouteNumbers.BpfEncapsulation), ("LWTUNNEL_ENCAP_SEG6_LOCAL", RouteNumbers.Seg6LocalEncapsulation), ("RT_TABLE_MAIN", RouteNumbers.MainTable), ("RT_TABLE_LOCAL", RouteNumbers.LocalTable),
            ("RTPROT_STATIC", RouteNumbers.StaticProtocol), ("RT_SCOPE_LINK", RouteNumbers.OnLink), ("RT_SCOPE_HOST", RouteNumbers.OnHost), ("RTN_UNICAST", RouteNumbers.Unicast), ("RTN_LOCAL", RouteNumbers.Local),
            ("LWT_BPF_IN", BpfRouteAttribute.In), ("LWT_BPF_OUT", BpfRouteAttribute.Out), ("LWT_BPF_XMIT", BpfRouteAttribute.Transmit), ("LWT_BPF_XMIT_HEADROOM", BpfRouteAttribute.Headroom),
            ("LWT_BPF_PROG_FD", BpfRouteAttribute.Fd), ("LWT_BPF_PROG_NAME", BpfRouteAttribute.Name),
            ("SEG6_LOCAL_ACTION", Seg6LocalAttribute.Action), ("SEG6_LOCAL_BPF", Seg6LocalAttribute.Program), ("SEG6_LOCAL_ACTION_END_BPF", Seg6LocalAttribute.EndBpf),
        ];

        Assert.Equal("", CCompiler.Check(numbers.Select(number => $"{number.Name} == {number.Value}u")));
    }

    private static IEnumerable<string> Conditions(Type type, string cType, params string[] cFields)
    {
        (string Name, int Offset, int Size)[] fields = [.. StructLayouts.Read(type)];
        Assert.Equal(fields.Length, cFields.Length);
        return fields.Zip(cFields, (field, cName) => $"offsetof({cType}, {cName}) == {field.Offset} && sizeof((({cType} *)0)->{cName}) == {field.Size}");
    }
}

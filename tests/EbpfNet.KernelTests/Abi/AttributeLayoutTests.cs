using System.Text.RegularExpressions;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Abi;

/// <summary>
/// The structs handed to the kernel are as C has them: every field's offset and size as a C compiler sees it in <c>linux/bpf.h</c>; and for
/// fields that this header does not have yet, as the running kernel's own types say.
/// </summary>
public sealed partial class AttributeLayoutTests
{
    private const string Union = "union bpf_attr";

    /// <summary>Where each struct is in C: the type, and the member of it that the fields belong to.</summary>
    private static readonly Dictionary<string, (string Type, string Member)> Places = new()
    {
        [nameof(MapCreateAttribute)] = (Union, ""),
        [nameof(MapElementAttribute)] = (Union, ""),
        [nameof(MapBatchAttribute)] = (Union, "batch"),
        [nameof(ProgramLoadAttribute)] = (Union, ""),
        [nameof(BtfLoadAttribute)] = (Union, ""),
        [nameof(TestRunAttribute)] = (Union, "test"),
        [nameof(ObjectPathAttribute)] = (Union, ""),
        [nameof(ObjectIdAttribute)] = (Union, ""),
        [nameof(ObjectInfoAttribute)] = (Union, "info"),
        [nameof(ProgramAttachAttribute)] = (Union, ""),
        [nameof(ProgramQueryAttribute)] = (Union, "query"),
        [nameof(LinkCreateAttribute)] = (Union, "link_create"),
        [nameof(LinkUpdateAttribute)] = (Union, "link_update"),
        [nameof(LinkDetachAttribute)] = (Union, "link_detach"),
        [nameof(RawTracepointAttribute)] = (Union, "raw_tracepoint"),
        [nameof(IteratorCreateAttribute)] = (Union, "iter_create"),
        [nameof(EnableStatsAttribute)] = (Union, "enable_stats"),
        [nameof(TokenCreateAttribute)] = (Union, "token_create"),
        [nameof(MapInfoData)] = ("struct bpf_map_info", ""),
        [nameof(ProgramInfoData)] = ("struct bpf_prog_info", ""),
        [nameof(BtfInfoData)] = ("struct bpf_btf_info", ""),
        [nameof(LinkInfoData)] = ("struct bpf_link_info", ""),
        [nameof(PerfEventAttribute)] = ("struct perf_event_attr", ""),
        [nameof(PerfProbeAttribute)] = ("struct perf_event_attr", ""),
    };

    /// <summary>Fields whose C name is not theirs in other spelling.</summary>
    private static readonly Dictionary<string, string> Names = new()
    {
        ["LinkCreateAttribute.PerfEventCookie"] = "perf_event.bpf_cookie",
        ["LinkCreateAttribute.KprobeMultiFlags"] = "kprobe_multi.flags",
        ["LinkCreateAttribute.KprobeMultiCount"] = "kprobe_multi.cnt",
        ["LinkCreateAttribute.KprobeMultiSymbols"] = "kprobe_multi.syms",
        ["LinkCreateAttribute.KprobeMultiAddresses"] = "kprobe_multi.addrs",
        ["LinkCreateAttribute.KprobeMultiCookies"] = "kprobe_multi.cookies",
        ["LinkCreateAttribute.TracingTargetBtfId"] = "tracing.target_btf_id",
        ["LinkCreateAttribute.TracingCookie"] = "tracing.cookie",
        ["LinkCreateAttribute.TracingMultiIds"] = "tracing_multi.ids",
        ["LinkCreateAttribute.TracingMultiCookies"] = "tracing_multi.cookies",
        ["LinkCreateAttribute.TracingMultiCount"] = "tracing_multi.cnt",
        ["LinkCreateAttribute.NetfilterFamily"] = "netfilter.pf",
        ["LinkCreateAttribute.NetfilterHook"] = "netfilter.hooknum",
        ["LinkCreateAttribute.NetfilterPriority"] = "netfilter.priority",
        ["LinkCreateAttribute.NetfilterFlags"] = "netfilter.flags",
        ["LinkCreateAttribute.Relative"] = "tcx.relative_fd",
        ["LinkCreateAttribute.ExpectedRevision"] = "tcx.expected_revision",
        ["LinkCreateAttribute.UprobeMultiPath"] = "uprobe_multi.path",
        ["LinkCreateAttribute.UprobeMultiOffsets"] = "uprobe_multi.offsets",
        ["LinkCreateAttribute.UprobeMultiReferenceCounters"] = "uprobe_multi.ref_ctr_offsets",
        ["LinkCreateAttribute.UprobeMultiCookies"] = "uprobe_multi.cookies",
        ["LinkCreateAttribute.UprobeMultiCount"] = "uprobe_multi.cnt",
        ["LinkCreateAttribute.UprobeMultiFlags"] = "uprobe_multi.flags",
        ["LinkCreateAttribute.UprobeMultiProcess"] = "uprobe_multi.pid",
        ["LinkInfoData.Ifindex"] = "xdp.ifindex",
        ["LinkInfoData.DeviceAttachType"] = "tcx.attach_type",
        ["LinkInfoData.RawTracepointName"] = "raw_tracepoint.tp_name",
        ["LinkInfoData.RawTracepointNameLength"] = "raw_tracepoint.tp_name_len",
        ["LinkInfoData.RawTracepointCookie"] = "raw_tracepoint.cookie",
        ["LinkInfoData.TracingAttachType"] = "tracing.attach_type",
        ["LinkInfoData.TracingTargetObjectId"] = "tracing.target_obj_id",
        ["LinkInfoData.TracingTargetBtfId"] = "tracing.target_btf_id",
        ["LinkInfoData.TracingCookie"] = "tracing.cookie",
        ["LinkInfoData.CgroupId"] = "cgroup.cgroup_id",
        ["LinkInfoData.CgroupAttachType"] = "cgroup.attach_type",
        ["LinkInfoData.IteratorTargetName"] = "iter.target_name",
        ["LinkInfoData.IteratorTargetNameLength"] = "iter.target_name_len",
        ["LinkInfoData.IteratorMapId"] = "iter.map.map_id",
        ["LinkInfoData.IteratorCgroupId"] = "iter.cgroup.cgroup_id",
        ["LinkInfoData.IteratorCgroupOrder"] = "iter.cgroup.order",
        ["LinkInfoData.IteratorThread"] = "iter.task.tid",
        ["LinkInfoData.IteratorProcess"] = "iter.task.pid",
        ["LinkInfoData.NetNsInode"] = "netns.netns_ino",
        ["LinkInfoData.NetNsAttachType"] = "netns.attach_type",
        ["LinkInfoData.StructOpsMapId"] = "struct_ops.map_id",
        ["LinkInfoData.NetfilterFamily"] = "netfilter.pf",
        ["LinkInfoData.NetfilterHook"] = "netfilter.hooknum",
        ["LinkInfoData.NetfilterPriority"] = "netfilter.priority",
        ["LinkInfoData.NetfilterFlags"] = "netfilter.flags",
        ["LinkInfoData.KprobeMultiAddresses"] = "kprobe_multi.addrs",
        ["LinkInfoData.KprobeMultiCount"] = "kprobe_multi.count",
        ["LinkInfoData.KprobeMultiFlags"] = "kprobe_multi.flags",
        ["LinkInfoData.KprobeMultiMissed"] = "kprobe_multi.missed",
        ["LinkInfoData.KprobeMultiCookies"] = "kprobe_multi.cookies",
        ["LinkInfoData.UprobeMultiPath"] = "uprobe_multi.path",
        ["LinkInfoData.UprobeMultiOffsets"] = "uprobe_multi.offsets",
        ["LinkInfoData.UprobeMultiReferenceCounters"] = "uprobe_multi.ref_ctr_offsets",
        ["LinkInfoData.UprobeMultiCookies"] = "uprobe_multi.cookies",
        ["LinkInfoData.UprobeMultiPathSize"] = "uprobe_multi.path_size",
        ["LinkInfoData.UprobeMultiCount"] = "uprobe_multi.count",
        ["LinkInfoData.UprobeMultiFlags"] = "uprobe_multi.flags",
        ["LinkInfoData.UprobeMultiProcess"] = "uprobe_multi.pid",
        ["LinkInfoData.PerfEventKind"] = "perf_event.type",
        ["LinkInfoData.UprobeFile"] = "perf_event.uprobe.file_name",
        ["LinkInfoData.UprobeFileLength"] = "perf_event.uprobe.name_len",
        ["LinkInfoData.UprobeOffset"] = "perf_event.uprobe.offset",
        ["LinkInfoData.UprobeCookie"] = "perf_event.uprobe.cookie",
        ["LinkInfoData.KprobeFunction"] = "perf_event.kprobe.func_name",
        ["LinkInfoData.KprobeFunctionLength"] = "perf_event.kprobe.name_len",
        ["LinkInfoData.KprobeOffset"] = "perf_event.kprobe.offset",
        ["LinkInfoData.KprobeAddress"] = "perf_event.kprobe.addr",
        ["LinkInfoData.KprobeMissed"] = "perf_event.kprobe.missed",
        ["LinkInfoData.KprobeCookie"] = "perf_event.kprobe.cookie",
        ["LinkInfoData.TracepointName"] = "perf_event.tracepoint.tp_name",
        ["LinkInfoData.TracepointNameLength"] = "perf_event.tracepoint.name_len",
        ["LinkInfoData.TracepointCookie"] = "perf_event.tracepoint.cookie",
        ["LinkInfoData.EventConfig"] = "perf_event.event.config",
        ["LinkInfoData.EventType"] = "perf_event.event.type",
        ["LinkInfoData.EventCookie"] = "perf_event.event.cookie",
        ["LinkInfoData.SockMapId"] = "sockmap.map_id",
        ["LinkInfoData.SockMapAttachType"] = "sockmap.attach_type",
    };

    /// <summary>A bit field: C has no offset for it.</summary>
    private static readonly HashSet<string> BitFields = ["ProgramInfoData.GplCompatible"];

    [Fact]
    public void Every_struct_for_the_kernel_is_compared() =>
        Assert.Equal(Places.Keys.Order(StringComparer.Ordinal), Types().Select(type => type.Name).Order(StringComparer.Ordinal));

    [SkippableFact]
    public void Every_field_is_where_the_C_compiler_has_it()
    {
        CCompiler.Require();
        Field[] fields = [.. Types().SelectMany(FieldsOf).Where(field => !BitFields.Contains(field.Id))];
        HashSet<(string, string)> members = CCompiler.FindMembers([.. fields.Select(field => (field.CType, field.CName))]);
        Field[] known = [.. fields.Where(field => members.Contains((field.CType, field.CName)))];

        Assert.Equal("", CCompiler.Check(known.Select(field =>
            $"offsetof({field.CType}, {field.CName}) == {field.Offset} && sizeof((({field.CType} *)0)->{field.CName}) == {field.Size}")));
        Assert.True(known.Length > 120, $"These headers know {known.Length} fields only.");
    }

    [SkippableFact]
    public void Every_field_is_where_the_running_kernel_has_it()
    {
        const string KernelTypes = "/sys/kernel/btf/vmlinux";
        Skip.IfNot(File.Exists(KernelTypes), "this kernel has no BTF");
        BtfSpec kernel = BtfSpec.Parse(File.ReadAllBytes(KernelTypes));
        var unknown = new List<string>();
        foreach (Field field in Types().SelectMany(FieldsOf))
        {
            if (Find(kernel, field) is not { } found)
            {
                unknown.Add(field.Id);
                continue;
            }

            Assert.True((field.Offset, field.Size) == found, $"{field.Id} is at {field.Offset} with {field.Size} bytes; the kernel has {field.CType}.{field.CName} at {found}.");
        }

        Skip.IfNot(unknown.Count == 0, $"this kernel is older than {string.Join(", ", unknown)}");
    }

    private static (int Offset, int Size)? Find(BtfSpec kernel, Field field)
    {
        string tag = field.CType.Split(' ')[1];
        BtfTypeId at = kernel.FindAll(tag).OfType<BtfComposite>().Single().Id;
        uint offset = 0;
        uint size = 0;
        foreach (string name in field.CName.Split('.'))
        {
            if (!kernel.TryFindField(at, name, out BtfField member))
            {
                return null;
            }

            offset += member.BitOffset / 8;
            at = kernel.SkipModifiers(member.Type);
            size = kernel.SizeOf(at);
        }

        return ((int)offset, (int)size);
    }

    private static IEnumerable<Type> Types() => typeof(MapCreateAttribute).Assembly.GetTypes()
        .Where(type => type is { Namespace: "EbpfNet.Kernel", IsValueType: true, IsEnum: false, IsNested: false })
        .Where(type => type.Name.EndsWith("Attribute", StringComparison.Ordinal) || type.Name.EndsWith("Data", StringComparison.Ordinal));

    private static IEnumerable<Field> FieldsOf(Type type)
    {
        (string cType, string member) = Places[type.Name];
        foreach ((string name, int offset, int size) in StructLayouts.Read(type))
        {
            string id = $"{type.Name}.{name}";
            string cName = Names.TryGetValue(id, out string? other) ? other : WordStart().Replace(name, "_$0").ToLowerInvariant();
            yield return new Field(id, cType, member.Length == 0 ? cName : $"{member}.{cName}", offset, size);
        }
    }

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();

    private sealed record Field(string Id, string CType, string CName, int Offset, int Size);
}

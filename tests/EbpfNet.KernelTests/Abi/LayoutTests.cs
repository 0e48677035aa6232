using System.Runtime.CompilerServices;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Abi;

/// <summary>The structs that go to the kernel, field by field, against the C compiler with the machine's headers and against the running kernel's types.</summary>
public sealed class LayoutTests
{
    private const string KernelBtf = "/sys/kernel/btf/vmlinux";
    private const string Attribute = "union bpf_attr";

    private static readonly NativeField[] BpfFields =
    [
        .. NativeField.Of<MapCreateAttribute>(Attribute),
        .. NativeField.Of<MapElementAttribute>(Attribute),
        .. NativeField.Of<MapBatchAttribute>(Attribute, "batch."),
        .. NativeField.Of<ProgramLoadAttribute>(Attribute),
        .. NativeField.Of<BtfLoadAttribute>(Attribute),
        .. NativeField.Of<TestRunAttribute>(Attribute, "test."),
        .. NativeField.Of<ObjectPathAttribute>(Attribute),
        .. NativeField.Of<ObjectIdAttribute>(Attribute),
        .. NativeField.Of<ObjectInfoAttribute>(Attribute, "info."),
        .. NativeField.Of<LinkCreateAttribute>(Attribute, "link_create."),
        .. NativeField.Of<LinkUpdateAttribute>(Attribute, "link_update."),
        .. NativeField.Of<LinkDetachAttribute>(Attribute, "link_detach."),
        .. NativeField.Of<MapInfoData>("struct bpf_map_info"),
        .. NativeField.Of<ProgramInfoData>("struct bpf_prog_info", "", ("GplCompatible", "")), // a bit field
        .. NativeField.Of<BtfInfoData>("struct bpf_btf_info"),
        .. NativeField.Of<LinkInfoData>("struct bpf_link_info", "", ("Ifindex", "xdp.ifindex")),
    ];

    private static readonly NativeField[] NetlinkFields =
    [
        .. NativeField.Of<InterfaceInfoMessage>(
            "struct ifinfomsg", "", ("Family", "ifi_family"), ("Type", "ifi_type"), ("Index", "ifi_index"), ("Flags", "ifi_flags"), ("Change", "ifi_change")),
        .. NativeField.Of<SocketCalls.NetlinkAddress>("struct sockaddr_nl", "", ("Family", "nl_family"), ("Port", "nl_pid"), ("Groups", "nl_groups")),
    ];

    [SkippableFact]
    public void Structs_are_what_a_c_compiler_says()
    {
        CCompiler.Require();
        NativeField[] fields = [.. BpfFields, .. NetlinkFields];
        string[] sizes =
        [
            $"sizeof(struct ifinfomsg) == {Unsafe.SizeOf<InterfaceInfoMessage>()}",
            $"sizeof(struct sockaddr_nl) == {Unsafe.SizeOf<SocketCalls.NetlinkAddress>()}",
            $"sizeof(struct nlmsghdr) == {NetlinkMessage.HeaderSize}",
            $"sizeof(struct nlattr) == {NetlinkMessage.AttributeHeaderSize}",
        ];

        string complaints = CCompiler.Check([.. fields.SelectMany(Conditions), .. sizes], out int unknownMembers);

        Assert.Equal("", complaints);
        Assert.True(fields.Length * 2 - unknownMembers > 200, $"only {fields.Length * 2 - unknownMembers} of {fields.Length * 2} could be checked: the headers are too old");
    }

    [SkippableFact]
    public void The_compiler_notices_a_field_that_is_off_by_one()
    {
        CCompiler.Require();
        NativeField wrong = BpfFields[3] with { Offset = BpfFields[3].Offset + 1 };

        Assert.Contains(wrong.Member, CCompiler.Check(Conditions(wrong), out _), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Structs_are_what_the_running_kernel_says()
    {
        Skip.IfNot(File.Exists(KernelBtf), $"this kernel has no {KernelBtf}");
        BtfSpec kernel = BtfSpec.Parse(File.ReadAllBytes(KernelBtf));
        var checkedFields = new List<NativeField>();
        foreach (NativeField field in BpfFields)
        {
            if (Find(kernel, field) is { } found)
            {
                checkedFields.Add(field);
                Assert.Equal((field, found.Offset, found.Size), (field, field.Offset, field.Size));
            }
        }

        Assert.True(checkedFields.Count > 100, $"only {checkedFields.Count} fields are known to this kernel");
    }

    private static IEnumerable<string> Conditions(NativeField field) =>
    [
        $"offsetof({field.Type}, {field.Member}) == {field.Offset}",
        $"sizeof((({field.Type} *)0)->{field.Member}) == {field.Size}",
    ];

    /// <summary>The place that the kernel's BTF gives a member, or nothing where an older kernel does not have it.</summary>
    private static (int Offset, int Size)? Find(BtfSpec kernel, NativeField field)
    {
        BtfTypeId type = kernel.FindAll(field.Type.Split(' ')[1]).OfType<BtfComposite>().First().Id;
        uint offset = 0;
        foreach (string part in field.Member.Split('.'))
        {
            if (!kernel.TryFindField(type, part, out BtfField found))
            {
                return null;
            }

            offset += found.ByteOffset;
            type = found.Type;
        }

        return ((int)offset, (int)kernel.SizeOf(type));
    }
}

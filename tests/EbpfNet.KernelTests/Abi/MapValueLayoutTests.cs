using System.Runtime.CompilerServices;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Abi;

/// <summary>The keys and values that the kernel gives maps of its own are as C has them.</summary>
public sealed class MapValueLayoutTests
{
    private static readonly (string CType, string CName, Type Type, string Name)[] Fields =
    [
        ("bpf_devmap_val", "ifindex", typeof(RedirectTarget), nameof(RedirectTarget.Number)),
        ("bpf_devmap_val", "bpf_prog", typeof(RedirectTarget), nameof(RedirectTarget.Program)),
        ("bpf_cpumap_val", "qsize", typeof(RedirectTarget), nameof(RedirectTarget.Number)),
        ("bpf_cpumap_val", "bpf_prog", typeof(RedirectTarget), nameof(RedirectTarget.Program)),
        ("bpf_cgroup_storage_key", "cgroup_inode_id", typeof(BpfAttachedCgroupKey), "_cgroupInodeId"),
        ("bpf_cgroup_storage_key", "attach_type", typeof(BpfAttachedCgroupKey), "_attachType"),
    ];

    private static readonly Dictionary<(Type Type, string Name), (string Name, int Offset, int Size)> Ours = Fields.Select(field => field.Type).Distinct()
        .SelectMany(type => StructLayouts.Read(type, withPrivate: true).Select(field => (type, field))).ToDictionary(of => (of.type, of.field.Name), of => of.field);

    [SkippableFact]
    public void Every_field_is_where_the_C_compiler_has_it()
    {
        CCompiler.Require();
        IEnumerable<string> conditions = Fields.Where(field => CCompiler.Knows(field.CType)).SelectMany(field => (string[])
        [
            $"offsetof(struct {field.CType}, {field.CName}) == {Ours[(field.Type, field.Name)].Offset}",
            $"sizeof(((struct {field.CType} *)0)->{field.CName}) == {Ours[(field.Type, field.Name)].Size}",
            $"sizeof(struct {field.CType}) == {RuntimeHelpers.SizeOf(field.Type.TypeHandle)}",
        ]);

        Assert.NotEmpty(conditions);
        Assert.Equal("", CCompiler.Check(conditions));
    }

    [SkippableFact]
    public void Every_field_is_where_the_running_kernel_has_it()
    {
        const string KernelTypes = "/sys/kernel/btf/vmlinux";
        Skip.IfNot(File.Exists(KernelTypes), "this kernel has no BTF");
        BtfSpec kernel = BtfSpec.Parse(File.ReadAllBytes(KernelTypes));
        foreach ((string cType, string cName, Type type, string name) in Fields)
        {
            BtfTypeId at = kernel.FindAll(cType).OfType<BtfComposite>().Single().Id;
            Assert.True(kernel.TryFindField(at, cName, out BtfField field));
            Assert.Equal((Ours[(type, name)].Offset, Ours[(type, name)].Size), ((int)field.BitOffset / 8, (int)kernel.SizeOf(field.Type)));
        }
    }
}

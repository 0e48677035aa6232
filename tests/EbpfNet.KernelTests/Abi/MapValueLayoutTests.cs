using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Abi;

/// <summary>The values that the kernel gives maps of its own are as C has them.</summary>
public sealed class MapValueLayoutTests
{
    private static readonly (string CType, string CName, string Name)[] Fields =
    [
        ("bpf_devmap_val", "ifindex", nameof(RedirectTarget.Number)),
        ("bpf_devmap_val", "bpf_prog", nameof(RedirectTarget.Program)),
        ("bpf_cpumap_val", "qsize", nameof(RedirectTarget.Number)),
        ("bpf_cpumap_val", "bpf_prog", nameof(RedirectTarget.Program)),
    ];

    private static readonly Dictionary<string, (string Name, int Offset, int Size)> Ours = StructLayouts.Read(typeof(RedirectTarget)).ToDictionary(field => field.Name);

    [SkippableFact]
    public unsafe void Every_field_is_where_the_C_compiler_has_it()
    {
        CCompiler.Require();
        IEnumerable<string> conditions = Fields.Where(field => CCompiler.Knows(field.CType)).SelectMany(field => (string[])
        [
            $"offsetof(struct {field.CType}, {field.CName}) == {Ours[field.Name].Offset}",
            $"sizeof(((struct {field.CType} *)0)->{field.CName}) == {Ours[field.Name].Size}",
            $"sizeof(struct {field.CType}) == {sizeof(RedirectTarget)}",
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
        foreach ((string cType, string cName, string name) in Fields)
        {
            BtfTypeId at = kernel.FindAll(cType).OfType<BtfComposite>().Single().Id;
            Assert.True(kernel.TryFindField(at, cName, out BtfField field));
            Assert.Equal((Ours[name].Offset, Ours[name].Size), ((int)field.BitOffset / 8, (int)kernel.SizeOf(field.Type)));
        }
    }
}

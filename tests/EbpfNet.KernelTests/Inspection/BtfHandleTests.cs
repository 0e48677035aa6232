using EbpfNet.Btf;

namespace EbpfNet.KernelTests.Inspection;

public sealed class BtfHandleTests : KernelTest
{
    [SkippableFact]
    public void The_types_of_a_map_are_opened_by_id()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("maps_basic"));
        BpfMapInfo map = loaded.Maps["hash_map"].GetInfo();

        using BpfBtf types = BpfBtf.OpenById(map.BtfId);

        Assert.Equal((map.BtfId, "", false), (types.Id, types.Name, types.IsKernel));
        BtfSpec spec = types.ToSpec();
        Assert.Equal("struct pair_key", spec.Describe(new BtfTypeId(map.KeyTypeId)));
        Assert.Equal((int)types.Size, spec.Data.Length);
    }

    [SkippableFact]
    public void The_kernels_own_types_are_among_all_and_equal_its_file()
    {
        Skip.IfNot(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel has no BTF");
        BpfBtf? kernel = null;
        foreach (BpfBtf types in BpfBtf.OpenAll())
        {
            if (types is { IsKernel: true, Name: "vmlinux" })
            {
                kernel = types;
            }
            else
            {
                types.Dispose();
            }
        }

        using (kernel)
        {
            Assert.NotNull(kernel);
            Assert.Equal(KernelBtf.OpenRunning().Vmlinux.TypeCount, kernel.ToSpec().TypeCount);
            Assert.Contains(kernel.Id, BpfBtf.GetIds());
        }
    }

    [SkippableFact]
    public void An_id_that_is_not_there_is_said() =>
        Assert.Contains("BTF with id 4294967295", Assert.Throws<BpfSyscallException>(() => BpfBtf.OpenById(uint.MaxValue)).Message, StringComparison.Ordinal);
}

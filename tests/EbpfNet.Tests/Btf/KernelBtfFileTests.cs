using EbpfNet.Btf;

namespace EbpfNet.Tests.Btf;

/// <summary>The running kernel's BTF as a large real-world input: reading the file is all that is done with the kernel.</summary>
public class KernelBtfFileTests
{
    private const string Path = "/sys/kernel/btf/vmlinux";

    [SkippableFact]
    public void All_types_of_the_running_kernel_decode_and_can_be_sized_and_described()
    {
        BtfSpec spec = ReadKernelBtf();
        int count = 0;
        foreach (BtfType type in spec.OwnTypes)
        {
            count++;
            Assert.Equal((uint)count, type.Id.Value);
            Assert.Equal(spec.GetKind(type.Id), type.Kind);
            Assert.NotEmpty(spec.Describe(type.Id));
            Assert.True(spec.AlignmentOf(type.Id) is 1 or 2 or 4 or 8 or 16);
            spec.TrySizeOf(type.Id, out _);
        }

        Assert.Equal(spec.TypeCount - 1, count);
    }

    [SkippableFact]
    public void The_running_kernels_task_struct_is_found_with_its_fields()
    {
        BtfSpec spec = ReadKernelBtf();
        Assert.True(spec.TryFind("task_struct", out BtfStruct? task));
        Assert.Equal(task.Size, spec.SizeOf(task.Id));
        Assert.Equal("struct task_struct", spec.Describe(task.Id));
        Assert.True(spec.TryFindField(task.Id, "comm", out BtfField comm));
        Assert.Equal("char[16]", spec.Describe(comm.Type));
        Assert.True(spec.TryFindField(task.Id, "pid", out BtfField pid));
        Assert.Equal("pid_t pid", spec.Describe(pid.Type, pid.Name));
        Assert.Contains(task, spec.FindAll("task_struct"));
    }

    private static BtfSpec ReadKernelBtf()
    {
        byte[] data = [];
        try
        {
            data = File.ReadAllBytes(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Skip.If(true, $"{Path} cannot be read: {e.Message}");
        }

        return BtfSpec.Parse(data, section: "vmlinux");
    }
}

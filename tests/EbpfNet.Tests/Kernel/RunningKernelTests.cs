using EbpfNet.Kernel;

namespace EbpfNet.Tests.Kernel;

public class RunningKernelTests
{
    [Theory]
    [InlineData(null, "#1 SMP PREEMPT_DYNAMIC Mon Nov 3 2025", "6.18.44-fc-v595", 6, 18, 44)]
    [InlineData(null, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)", "6.1.0-18-amd64", 6, 1, 76)]
    [InlineData(null, "#1 SMP Debian 4.19 something", "4.19.0-27-amd64", 4, 19, 0)]
    [InlineData("Ubuntu 5.4.0-12.15-generic 5.4.8", "#15-Ubuntu SMP", "5.4.0-12-generic", 5, 4, 8)]
    [InlineData("Ubuntu", "#15-Ubuntu SMP", "5.15.0-12-generic", 5, 15, 0)]
    [InlineData(null, "#1 SMP", "4.9.300", 4, 9, 255)]
    [InlineData(null, "", "unknown", 0, 0, 0)]
    [InlineData(null, "", "99999999999.1.1", 0, 0, 0)]
    public void The_version_is_the_one_that_the_kernel_was_built_from(string? signature, string build, string release, int major, int minor, int patch) =>
        Assert.Equal((uint)((major << 16) + (minor << 8) + patch), RunningKernel.FindVersionCode(signature, build, release));
}

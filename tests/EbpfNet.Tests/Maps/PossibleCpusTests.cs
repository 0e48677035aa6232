using EbpfNet.Kernel;

namespace EbpfNet.Tests.Maps;

public class PossibleCpusTests
{
    [Theory]
    [InlineData("0\n", 1)]
    [InlineData("0-1\n", 2)]
    [InlineData("0-3,8-11\n", 8)]
    [InlineData("0,2,4-255", 254)]
    [InlineData("", 0)]
    [InlineData("0-", 0)]
    [InlineData("3-1", 0)]
    [InlineData("x", 0)]
    public void The_kernels_list_is_counted(string list, int count) => Assert.Equal(count, PossibleCpus.CountList(list));
}

using EbpfNet.Abi;

namespace EbpfNet.Tests.Abi;

public sealed class AbiNameTests
{
    [Fact]
    public void Every_constant_has_the_c_name_it_is_called_after()
    {
        CheckNames(Enum.GetValues<BpfMapType>(), type => type.CName(), "BPF_MAP_TYPE_");
        CheckNames(Enum.GetValues<BpfProgramType>(), type => type.CName(), "BPF_PROG_TYPE_");
        CheckNames(Enum.GetValues<BpfAttachType>(), type => type.CName(), "BPF_");
        CheckNames(Enum.GetValues<BpfLinkType>(), type => type.CName(), "BPF_LINK_TYPE_");
        CheckNames(Enum.GetValues<BpfHelper>(), helper => helper.CName(), "bpf_");
    }

    [Fact]
    public void Constants_number_from_zero_without_gaps()
    {
        CheckNumbers(Enum.GetValues<BpfMapType>().Select(value => (uint)value), 36);
        CheckNumbers(Enum.GetValues<BpfProgramType>().Select(value => (uint)value), 33);
        CheckNumbers(Enum.GetValues<BpfAttachType>().Select(value => (uint)value), 62);
        CheckNumbers(Enum.GetValues<BpfLinkType>().Select(value => (uint)value), 16);
        CheckNumbers(Enum.GetValues<BpfHelper>().Select(value => (uint)value), 212);
    }

    [Fact]
    public void A_value_of_a_newer_kernel_is_named_by_its_number()
    {
        Assert.Equal("map type 4711", ((BpfMapType)4711).CName());
        Assert.Equal("bpf helper #4711", ((BpfHelper)4711).CName());
    }

    private static void CheckNames<T>(T[] values, Func<T, string> name, string prefix)
        where T : struct, Enum
    {
        foreach (T value in values)
        {
            string cName = name(value);
            Assert.StartsWith(prefix, cName, StringComparison.Ordinal);
            string expected = value.ToString() == "Unspecified" ? "UNSPEC" : value.ToString();
            Assert.Equal(expected, cName[prefix.Length..].Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        }
    }

    private static void CheckNumbers(IEnumerable<uint> values, int count) => Assert.Equal(Enumerable.Range(0, count).Select(i => (uint)i), values);
}

using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet.KernelTests.Abi;

/// <summary>The library's constants against two independent witnesses: the C compiler with the machine's headers, and the running kernel's own types.</summary>
public sealed class ConstantTests
{
    private const string KernelBtf = "/sys/kernel/btf/vmlinux";

    [SkippableFact]
    public void Constants_are_what_a_c_compiler_says()
    {
        CCompiler.Require();
        string[] conditions = [.. CConstants.All.Where(constant => CCompiler.Knows(constant.Key)).Select(constant => string.Create(CultureInfo.InvariantCulture, $"{constant.Key} == {constant.Value}"))];

        Assert.True(conditions.Length > 300, $"only {conditions.Length} constants are in these headers");
        Assert.Equal("", CCompiler.Check(conditions));
    }

    [SkippableFact]
    public void The_compiler_notices_a_wrong_constant()
    {
        CCompiler.Require();

        Assert.Contains("BPF_MAP_TYPE_HASH == 2", CCompiler.Check(["BPF_MAP_TYPE_HASH == 2"]), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Constants_are_what_the_running_kernel_says()
    {
        Skip.IfNot(File.Exists(KernelBtf), $"this kernel has no {KernelBtf}");
        BtfSpec kernel = BtfSpec.Parse(File.ReadAllBytes(KernelBtf));
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (BtfEnumeration enumeration in kernel.OwnTypes.OfType<BtfEnumeration>())
        {
            foreach (BtfEnumerator enumerator in enumeration.Enumerators)
            {
                seen.TryAdd(enumerator.Name, enumerator.Value);
            }
        }

        string[] both = [.. CConstants.All.Keys.Where(seen.ContainsKey)];

        // Constants that are #defined are not types, and a kernel without a subsystem may lack its constants.
        Assert.True(both.Length > 250, $"only {both.Length} constants are among the kernel's types");
        Assert.Equal(both.Select(name => (name, seen[name])), both.Select(name => (name, CConstants.All[name])));
    }

    [SkippableTheory]
    [InlineData("bpf_map_type", "BPF_MAP_TYPE_", typeof(BpfMapType))]
    [InlineData("bpf_prog_type", "BPF_PROG_TYPE_", typeof(BpfProgramType))]
    [InlineData("bpf_attach_type", "BPF_", typeof(BpfAttachType))]
    [InlineData("bpf_link_type", "BPF_LINK_TYPE_", typeof(BpfLinkType))]
    [InlineData("bpf_func_id", "BPF_FUNC_", typeof(BpfHelper))]
    public void Nothing_that_the_running_kernel_has_is_missing(string enumeration, string prefix, Type ours)
    {
        Skip.IfNot(File.Exists(KernelBtf), $"this kernel has no {KernelBtf}");
        Assert.True(BtfSpec.Parse(File.ReadAllBytes(KernelBtf)).TryFind(enumeration, out BtfEnum? known));

        // What a newer kernel has added at the end is not missed.
        int count = Enum.GetValuesAsUnderlyingType(ours).Length;
        string[] names = [.. known.Enumerators.Where(enumerator => enumerator.Value < count).Select(enumerator => enumerator.Name)
            .Where(name => !name.StartsWith("__", StringComparison.Ordinal) && !name.EndsWith("_DEPRECATED", StringComparison.Ordinal))];

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.StartsWith(prefix, name, StringComparison.Ordinal));
        Assert.Equal([], names.Except(CConstants.All.Keys));
    }
}

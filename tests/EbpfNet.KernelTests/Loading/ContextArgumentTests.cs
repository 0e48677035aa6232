using EbpfNet.Btf;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet.KernelTests.Loading;

/// <summary>Global functions that are given the context under another type: by a tag, or for older kernels by another function in its stead.</summary>
public sealed class ContextArgumentTests : KernelTest
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_function_is_given_the_context_whether_or_not_the_kernel_knows_the_tag(bool knowsTag)
    {
        bool isTrue = ContextTagProbe.ContextTags.IsPresent;
        using FeatureProbe.Scope kernel = ContextTagProbe.ContextTags.Override(knowsTag);
        if (knowsTag && !isTrue)
        {
            Assert.Throws<BpfVerifierException>(() => BpfObject.Load(TestObjects.Read("context_arguments")));
            return;
        }

        using BpfObject loaded = BpfObject.Load(TestObjects.Read("context_arguments"));

        Assert.Equal(6, loaded.Programs.Count);
        Assert.Equal(4u, loaded.Programs["of_tc"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);
        Assert.Equal(4u, loaded.Programs["of_xdp"].TestRun(new BpfTestRun(new byte[64])).ReturnValue);

        // Whatever does not know the tag goes by the struct's name.
        BtfSpec types = LoadedProgramTypes.Read(loaded.Programs["of_tc"]);
        string[] contexts = [.. types.FindAll("with_number").Select(function => NameOfContext(types, (BtfFunction)function)).Order(StringComparer.Ordinal)];
        Assert.Equal(knowsTag ? ["void"] : ["__sk_buff", "void", "xdp_md"], contexts);
        Assert.Equal(knowsTag ? 1 : 7, types.FindAll("four").Count());
    }

    private static string NameOfContext(BtfSpec types, BtfFunction function)
    {
        BtfTypeId parameter = types.Get<BtfFunctionPrototype>(function.Prototype).Parameters[1].Type;
        return types.Describe(types.Get<BtfPointer>(parameter).Target).Replace("struct ", "", StringComparison.Ordinal);
    }
}

using EbpfNet.Abi;
using EbpfNet.Instructions;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet.Tests.Loading;

public class HelperFallbackTests
{
    [Theory]
    [InlineData(false, BpfHelper.ProbeReadKernel, BpfHelper.ProbeRead)]
    [InlineData(false, BpfHelper.ProbeReadUser, BpfHelper.ProbeRead)]
    [InlineData(false, BpfHelper.ProbeReadKernelStr, BpfHelper.ProbeReadStr)]
    [InlineData(false, BpfHelper.ProbeReadUserStr, BpfHelper.ProbeReadStr)]
    [InlineData(false, BpfHelper.MapLookupElem, BpfHelper.MapLookupElem)]
    [InlineData(true, BpfHelper.ProbeReadKernel, BpfHelper.ProbeReadKernel)]
    [InlineData(null, BpfHelper.ProbeReadKernel, BpfHelper.ProbeReadKernel)] // Nobody knows: the kernel has to say.
    public void A_helper_becomes_its_older_form_where_the_kernel_is_known_to_lack_it(bool? isThere, BpfHelper helper, BpfHelper expected)
    {
        using FeatureProbe.Scope answer = KernelProbes.ProbeReadKernel.Override(isThere);
        (BpfInstruction first, BpfInstruction second) = BpfInstruction.LoadImm64(BpfRegister.R1, 0x71_0000_0085);
        var function = new BpfInstruction(BpfOpcode.Call, source: BpfRegister.R1, immediate: (int)helper);
        BpfInstruction[] code = [first, second, function, new BpfInstruction(BpfOpcode.Call, immediate: (int)helper), new BpfInstruction(BpfOpcode.Exit)];

        HelperFallbacks.Apply(code);

        Assert.Equal([first, second, function, new BpfInstruction(BpfOpcode.Call, immediate: (int)expected), new BpfInstruction(BpfOpcode.Exit)], code);
    }
}

using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>Which probe answers for which feature; loading and attaching ask the same ones.</summary>
internal static class SharedProbes
{
    private static readonly Dictionary<KernelFeature, FeatureProbe> Features = new()
    {
        [KernelFeature.ObjectNames] = KernelProbes.ObjectNames,
        [KernelFeature.Btf] = KernelProbes.Btf,
        [KernelFeature.KernelTypes] = KernelProbes.KernelTypes,
        [KernelFeature.FunctionInfo] = KernelProbes.FunctionInfo,
        [KernelFeature.ExpectedAttachType] = KernelProbes.ExpectedAttachType,
        [KernelFeature.GlobalData] = KernelProbes.GlobalData,
        [KernelFeature.Functions] = InstructionProbes.Functions,
        [KernelFeature.KernelFunctions] = InstructionProbes.KernelFunctions,
        [KernelFeature.BoundedLoops] = InstructionProbes.BoundedLoops,
        [KernelFeature.LargePrograms] = InstructionProbes.LargePrograms,
        [KernelFeature.InstructionSetV1] = InstructionProbes.V1,
        [KernelFeature.InstructionSetV2] = InstructionProbes.V2,
        [KernelFeature.InstructionSetV3] = InstructionProbes.V3,
        [KernelFeature.InstructionSetV4] = InstructionProbes.V4,
        [KernelFeature.AtomicInstructions] = InstructionProbes.Atomics,
        [KernelFeature.AcquireReleaseInstructions] = InstructionProbes.AcquireRelease,
        [KernelFeature.MayGotoInstruction] = InstructionProbes.MayGoto,
        [KernelFeature.BtfGlobalFunctions] = BtfProbes.GlobalFunctions,
        [KernelFeature.BtfEmptySections] = BtfProbes.EmptySections,
        [KernelFeature.BtfOptionalSections] = BtfProbes.OptionalSections,
        [KernelFeature.BtfAttributes] = BtfProbes.Attributes,
        [KernelFeature.MmapableArrays] = KernelProbes.MmapableArrays,
        [KernelFeature.MapBatches] = CommandProbes.MapBatches,
        [KernelFeature.MapFreezing] = CommandProbes.MapFreeze,
        [KernelFeature.SingleCpuElements] = KernelProbes.SingleCpuElements,
        [KernelFeature.ArenaFullReach] = ArenaProbes.FullReach,
        [KernelFeature.Links] = CommandProbes.Links,
        [KernelFeature.LinkDetaching] = CommandProbes.LinkDetach,
        [KernelFeature.XdpExpectedProgram] = XdpProbes.ExpectedProgram,
        [KernelFeature.AttachCookies] = KernelProbes.AttachCookies,
        [KernelFeature.ProbeReadKernel] = KernelProbes.ProbeReadKernel,
        [KernelFeature.Kprobes] = PerfEventProbes.KernelProbeEvents,
        [KernelFeature.Uprobes] = PerfEventProbes.UserProbeEvents,
        [KernelFeature.Iterators] = CommandProbes.Iterators,
        [KernelFeature.Tokens] = CommandProbes.Tokens,
    };

    private static readonly FeatureProbe Never = new(() => FeatureAnswer.No);

    /// <summary>The probe of a feature.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such feature.</exception>
    public static FeatureProbe Of(KernelFeature feature) =>
        Features.TryGetValue(feature, out FeatureProbe? probe) ? probe : throw new ArgumentOutOfRangeException(nameof(feature), feature, "There is no feature of this number.");

    /// <summary>The probe of a kind of BTF.</summary>
    public static FeatureProbe Of(BtfKind kind) => kind switch
    {
        BtfKind.Function or BtfKind.FunctionPrototype => BtfProbes.Functions,
        BtfKind.Variable or BtfKind.DataSection => BtfProbes.DataSections,
        BtfKind.Float => BtfProbes.Floats,
        BtfKind.DeclTag => BtfProbes.DeclTags,
        BtfKind.TypeTag => BtfProbes.TypeTags,
        BtfKind.Enum64 => BtfProbes.Enum64,
        > BtfKind.Void and < BtfKind.Function => KernelProbes.Btf,
        _ => Never,
    };
}

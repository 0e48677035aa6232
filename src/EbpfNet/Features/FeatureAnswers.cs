using System.Collections.Concurrent;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>All that was asked of the kernel so far. Conclusive answers are kept, the others asked for again.</summary>
internal sealed class FeatureAnswers
{
    private readonly ConcurrentDictionary<BpfProgramType, FeatureProbe> _programTypes = new();
    private readonly ConcurrentDictionary<BpfMapType, FeatureProbe> _mapTypes = new();
    private readonly ConcurrentDictionary<BpfAttachType, FeatureProbe> _attachTypes = new();
    private readonly ConcurrentDictionary<BpfLinkType, FeatureProbe> _linkTypes = new();
    private readonly ConcurrentDictionary<(BpfProgramType Type, BpfHelper Helper), FeatureProbe> _helpers = new();
    private readonly ConcurrentDictionary<(BpfProgramType Type, string Function), FeatureProbe> _kernelFunctions = new();
    private readonly HelperProbes _helperProbes = new();

    public FeatureProbe this[BpfProgramType type] => _programTypes.GetOrAdd(type, static type => new FeatureProbe(() => ProgramTypeProbes.Try(type)));

    public FeatureProbe this[BpfMapType type] => _mapTypes.GetOrAdd(type, static type => new FeatureProbe(() => MapTypeProbes.Try(type)));

    public FeatureProbe this[BpfAttachType type] => _attachTypes.GetOrAdd(type, static type => new FeatureProbe(() => AttachTypeProbes.Try(type)));

    public FeatureProbe this[BpfLinkType type] => _linkTypes.GetOrAdd(type, static type => new FeatureProbe(() => LinkTypeProbes.Try(type)));

    public FeatureProbe this[BpfProgramType type, BpfHelper helper] => _helpers.GetOrAdd((type, helper), key => new FeatureProbe(() => _helperProbes.Try(key.Type, key.Helper, this[key.Type].Find())));

    public FeatureProbe this[BpfProgramType type, string function] =>
        _kernelFunctions.GetOrAdd((type, function), key => new FeatureProbe(() => KernelFunctionProbes.Try(key.Type, key.Function, this[key.Type].Find())));
}

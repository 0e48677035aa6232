using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Features;

/// <summary>What is found out by trying is what the kernel's history says of this version. Distributions that take features over into older kernels have a history of their own: skipped there.</summary>
[Trait("OtherKernels", "")]
public sealed class FeatureHistoryTests : KernelTest
{
    /// <summary>First version, feature, and whether a kernel can be built without it.</summary>
    private static readonly (string Since, Func<FeatureSupport> Ask, string Name, bool IsOptional)[] History =
    [
        Feature("4.14", KernelFeature.InstructionSetV2),
        Feature("5.1", KernelFeature.InstructionSetV3),
        Feature("5.12", KernelFeature.AtomicInstructions),
        Feature("6.6", KernelFeature.InstructionSetV4),
        Feature("6.9", KernelFeature.MayGotoInstruction),
        Feature("6.15", KernelFeature.AcquireReleaseInstructions),
        Feature("5.3", KernelFeature.BoundedLoops),
        Feature("5.2", KernelFeature.LargePrograms),
        Feature("5.13", KernelFeature.KernelFunctions),
        Feature("5.15", KernelFeature.AttachCookies),
        Feature("5.12", KernelFeature.BtfEmptySections),
        Feature("6.9", KernelFeature.BtfOptionalSections),
        Feature("6.15", KernelFeature.BtfAttributes),
        Feature("5.9", KernelFeature.LinkDetaching),
        Feature("5.8", KernelFeature.Iterators),
        Feature("6.9", KernelFeature.Tokens),
        Feature("7.0", KernelFeature.SingleCpuElements),
        Feature("7.0", KernelFeature.ArenaFullReach),
        Program("5.7", BpfProgramType.Lsm, isOptional: true),
        Program("5.6", BpfProgramType.Ext),
        Program("5.9", BpfProgramType.SkLookup),
        Program("5.14", BpfProgramType.Syscall),
        Program("6.4", BpfProgramType.Netfilter, isOptional: true),
        Map("5.8", BpfMapType.RingBuf),
        Map("5.10", BpfMapType.InodeStorage, isOptional: true),
        Map("5.11", BpfMapType.TaskStorage),
        Map("5.16", BpfMapType.BloomFilter),
        Map("6.1", BpfMapType.UserRingBuf),
        Map("6.2", BpfMapType.CgrpStorage),
        Map("6.9", BpfMapType.Arena),
        Map("6.19", BpfMapType.InsnArray),
        Map("7.2", BpfMapType.RHash),
        Hook("5.5", BpfAttachType.TraceFentry),
        Hook("5.7", BpfAttachType.ModifyReturn),
        Hook("5.8", BpfAttachType.XdpDevMap),
        Hook("5.9", BpfAttachType.XdpCpuMap),
        Hook("5.9", BpfAttachType.CgroupInetSockRelease),
        Hook("5.13", BpfAttachType.SkSkbVerdict),
        Hook("5.14", BpfAttachType.SkReusePortSelectOrMigrate),
        Hook("5.15", BpfAttachType.PerfEvent),
        Hook("5.18", BpfAttachType.TraceKprobeMulti, isOptional: true),
        Hook("6.0", BpfAttachType.LsmCgroup, isOptional: true),
        Hook("6.4", BpfAttachType.StructOps),
        Hook("6.4", BpfAttachType.Netfilter, isOptional: true),
        Hook("6.6", BpfAttachType.TcxIngress),
        Hook("6.6", BpfAttachType.TraceUprobeMulti),
        Hook("6.7", BpfAttachType.CgroupUnixConnect),
        Hook("6.7", BpfAttachType.NetkitPrimary, isOptional: true),
        Hook("6.10", BpfAttachType.TraceKprobeSession, isOptional: true),
        Hook("6.13", BpfAttachType.TraceUprobeSession),
        Hook("7.0", BpfAttachType.TraceFsession, isOptional: true),
        Hook("7.2", BpfAttachType.TraceFentryMulti, isOptional: true),
        Link("5.15", BpfLinkType.PerfEvent),
        Link("6.4", BpfLinkType.StructOps),
        Link("6.4", BpfLinkType.Netfilter, isOptional: true),
        Link("6.6", BpfLinkType.Tcx),
        Link("6.10", BpfLinkType.SockMap),
        Kind("5.13", BtfKind.Float),
        Kind("5.16", BtfKind.DeclTag),
        Kind("5.17", BtfKind.TypeTag),
        Kind("6.0", BtfKind.Enum64),
        Function("6.2", BpfProgramType.SchedCls, "bpf_rcu_read_lock"),
        Function("6.2", BpfProgramType.StructOps, "bpf_rdonly_cast"),
        Function("6.4", BpfProgramType.Xdp, "bpf_dynptr_slice"),
        Function("6.7", BpfProgramType.SchedCls, "bpf_throw"),
        Helper("5.7", BpfProgramType.SchedCls, BpfHelper.SkAssign),
        Helper("5.8", BpfProgramType.Xdp, BpfHelper.RingBufOutput),
        Helper("5.10", BpfProgramType.SchedCls, BpfHelper.RedirectPeer),
        Helper("5.10", BpfProgramType.Tracing, BpfHelper.DPath),
        Helper("5.13", BpfProgramType.Xdp, BpfHelper.ForEachMapElem),
        Helper("5.15", BpfProgramType.Xdp, BpfHelper.TimerInit),
        Helper("5.15", BpfProgramType.Kprobe, BpfHelper.GetAttachCookie),
        Helper("5.17", BpfProgramType.Xdp, BpfHelper.Loop),
        Helper("5.18", BpfProgramType.Xdp, BpfHelper.XdpLoadBytes),
        Helper("5.19", BpfProgramType.Xdp, BpfHelper.KptrXchg),
        Helper("5.19", BpfProgramType.Xdp, BpfHelper.DynptrFromMem),
        Helper("6.1", BpfProgramType.Xdp, BpfHelper.KtimeGetTaiNs),
        Helper("6.2", BpfProgramType.SchedCls, BpfHelper.CgrpStorageGet),
    ];

    [SkippableFact]
    public void What_is_found_out_is_what_the_history_of_the_kernel_says()
    {
        string release = RunningKernel.Release;
        Skip.If(release.Contains(".el", StringComparison.Ordinal) || release.Contains("android", StringComparison.Ordinal), "this distribution's kernels have features of later versions");
        uint code = RunningKernel.VersionCode;
        var version = new Version((int)(code >> 16), (int)(code >> 8 & 0xff));

        List<string> wrong = [];
        foreach ((string since, Func<FeatureSupport> ask, string name, bool isOptional) in History)
        {
            FeatureSupport support = ask();
            bool isOfThisVersion = version >= Version.Parse(since);
            if (isOfThisVersion ? support.IsMissing && !isOptional : support.IsPresent || (support.IsUnknown && !name.StartsWith("hook", StringComparison.Ordinal)))
            {
                wrong.Add($"{name}, of {since}: {support}");
            }
        }

        Assert.True(wrong.Count == 0, $"On {release}:\n{string.Join('\n', wrong)}");
    }

    private static (string Since, Func<FeatureSupport> Ask, string Name, bool IsOptional) Feature(string since, KernelFeature feature) =>
        (since, () => KernelFeatures.Has(feature), $"feature {feature}", false);

    private static (string Since, Func<FeatureSupport> Ask, string Name, bool IsOptional) Program(string since, BpfProgramType type, bool isOptional = false) =>
        (since, () => KernelFeatures.HasProgramType(type), $"program type {type}", isOptional);

    private static (string Since, Func<FeatureSupport> Ask, string Name, bool IsOptional) Map(string since, BpfMapType type, bool isOptional = false) =>
        (since, () => KernelFeatures.HasMapType(type), $"map type {type}", isOptional);

    private static (string Since, Func<FeatureSupport> Ask, string Name, bool IsOptional) Hook(string since, BpfAttachType type, bool isOptional = false) =>
        (since, () => KernelFeatures.HasAttachType(type), $"hook {type}", isOptional);

    private static (string Since, Func<FeatureSupport> Ask, string Name, bool IsOptional) Link(string since, BpfLinkType type, bool isOptional = false) =>
        (since, () => KernelFeatures.HasLinkType(type), $"link type {type}", isOptional);

    private static (string Since, Func<FeatureSupport> Ask, string Name, bool IsOptional) Kind(string since, BtfKind kind) =>
        (since, () => KernelFeatures.HasBtfKind(kind), $"kind of type {kind}", false);

    private static (string Since, Func<FeatureSupport> Ask, string Name, bool IsOptional) Helper(string since, BpfProgramType type, BpfHelper helper) =>
        (since, () => KernelFeatures.HasHelper(type, helper), $"helper {helper} of {type}", false);

    private static (string Since, Func<FeatureSupport> Ask, string Name, bool IsOptional) Function(string since, BpfProgramType type, string function) =>
        (since, () => KernelFeatures.HasKernelFunction(type, function), $"kfunc {function} of {type}", false);
}

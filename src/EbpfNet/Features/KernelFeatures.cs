using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Features;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// What the running kernel can do with BPF, found out by doing it: no version is compared, since distributions add features to older kernels and leave others out of newer ones.
/// </summary>
/// <remarks>
/// <para>
/// Nothing that is tried out stays in the kernel. An answer takes some microseconds the first time; a "yes" or "no" is then kept for the life of the process, until
/// <see cref="Forget"/>, and what is not known is tried again.
/// </para>
/// <para>
/// Loading needs capabilities, and so does trying it: without CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (root has them) most answers are that it is not known, with the reason.
/// Any thread may ask. On systems other than Linux there is no kernel to ask: <see cref="PlatformNotSupportedException"/>.
/// </para>
/// </remarks>
public static class KernelFeatures
{
    private static volatile FeatureAnswers _answers = new();

    /// <summary>Whether the kernel has a feature.</summary>
    /// <param name="feature">The feature.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no feature of this number.</exception>
    public static FeatureSupport Has(KernelFeature feature) => new(SharedProbes.Of(feature).Find());

    /// <summary>Whether the kernel has programs of a type. That it has does not say that this process may load one: an LSM program takes more than its type, for example.</summary>
    /// <param name="type">The type; one that this library has no name for is missing, unless it needs no more than instructions.</param>
    public static FeatureSupport HasProgramType(BpfProgramType type) => new(_answers[type].Find());

    /// <summary>Whether the kernel has maps of a type.</summary>
    /// <param name="type">The type.</param>
    public static FeatureSupport HasMapType(BpfMapType type) => new(_answers[type].Find());

    /// <summary>
    /// Whether programs of a type may call a helper. For types whose programs may call more from some hooks than from others (tracing, LSM, those of control groups), whether they may from any.
    /// </summary>
    /// <param name="type">The type of program. For an extension (<see cref="BpfProgramType.Ext"/>) ask of the type that it extends.</param>
    /// <param name="helper">The helper.</param>
    /// <remarks>
    /// The kernel does for the loading of some helpers what it does when a program comes to stay: it switches its event <c>bpf_trace_printk</c> on for
    /// <see cref="BpfHelper.TracePrintk"/> and <see cref="BpfHelper.TraceVprintk"/>, and writes a warning to its log for <see cref="BpfHelper.ProbeWriteUser"/>.
    /// </remarks>
    public static FeatureSupport HasHelper(BpfProgramType type, BpfHelper helper) => new(_answers[type, helper].Find());

    /// <summary>
    /// Whether programs of a type may call a function of the kernel's that is no helper (a kfunc, Linux 5.13), from any of their hooks. Those of modules are not looked for: they are called missing.
    /// </summary>
    /// <param name="type">The type of program.</param>
    /// <param name="function">The function's name: <c>bpf_rcu_read_lock</c>.</param>
    public static FeatureSupport HasKernelFunction(BpfProgramType type, string function)
    {
        ArgumentException.ThrowIfNullOrEmpty(function);
        return new FeatureSupport(_answers[type, function].Find());
    }

    /// <summary>Whether the kernel has a hook that programs are attached to.</summary>
    /// <param name="type">The hook. For <see cref="BpfAttachType.Xdp"/>, whether there is a link to it: XDP without is attached through netlink.</param>
    public static FeatureSupport HasAttachType(BpfAttachType type) => new(_answers[type].Find());

    /// <summary>Whether the kernel has a kind of link, so that what is attached goes with the process that holds it.</summary>
    /// <param name="type">The kind.</param>
    public static FeatureSupport HasLinkType(BpfLinkType type) => new(_answers[type].Find());

    /// <summary>Whether the kernel takes a kind of type in the BTF of programs and maps. EbpfNet leaves out, or rewrites, what it does not take.</summary>
    /// <param name="kind">The kind.</param>
    public static FeatureSupport HasBtfKind(BtfKind kind) => new(SharedProbes.Of(kind).Find());

    /// <summary>Forgets all answers, for loading and attaching too, so that each is found out again: for after a module was loaded, or a setting changed.</summary>
    public static void Forget()
    {
        _answers = new FeatureAnswers();
        FeatureProbe.ResetAll();
    }
}

using System.Text;
using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>
/// Whether programs for functions and security hooks, which kernels may load and yet not attach (on arm64 before Linux 6.0), can be attached: tried with the smallest there is, on functions that are there for
/// tests and a hook that is seldom asked.
/// </summary>
internal static class AttachProbes
{
    public static readonly FeatureProbe Entries = new(() => Try(BpfProgramType.Tracing, BpfAttachType.TraceFentry, "bpf_fentry_test1"));

    public static readonly FeatureProbe Returns = new(() => Try(BpfProgramType.Tracing, BpfAttachType.TraceFexit, "bpf_fentry_test1"));

    public static readonly FeatureProbe ReturnValues = new(() => Try(BpfProgramType.Tracing, BpfAttachType.ModifyReturn, "bpf_modify_return_test"));

    public static readonly FeatureProbe SecurityHooks = new(() => Try(BpfProgramType.Lsm, BpfAttachType.LsmMac, "bpf_lsm_quotactl"));

    /// <summary>The probe of a program's kind; <see langword="null"/> where what loads can be attached.</summary>
    public static FeatureProbe? For(BpfProgramSpec program) => (program.Type, program.ExpectedAttachType) switch
    {
        (BpfProgramType.Tracing, BpfAttachType.TraceFentry) => Entries,
        (BpfProgramType.Tracing, BpfAttachType.TraceFexit) => Returns,
        (BpfProgramType.Tracing, BpfAttachType.ModifyReturn) => ReturnValues,
        (BpfProgramType.Lsm, BpfAttachType.LsmMac) => SecurityHooks,
        _ => null,
    };

    private static FeatureAnswer Try(BpfProgramType type, BpfAttachType attachType, string function)
    {
        if (KernelBtf.TryOpenRunning() is not { } kernel)
        {
            return FeatureAnswer.Inconclusive;
        }

        var ids = new List<BtfTypeId>();
        kernel.Vmlinux.FindOwnIds(Encoding.UTF8.GetBytes(function), BtfKind.Function.ToSet(), ids);
        using BpfHandle? program = ids.Count == 0 ? null : SmallestProgram.Load(type, result: 0, attachType, ids[0].Value);
        GC.KeepAlive(kernel);
        if (program is null)
        {
            return FeatureAnswer.Inconclusive; // What cannot be loaded says so itself.
        }

        BpfErrno error = RawTracepoints.Open(program, null, 0, out BpfHandle? link);
        link?.Dispose();
        return error switch
        {
            BpfErrno.None => FeatureAnswer.Yes,
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP => FeatureAnswer.No,
            _ => FeatureAnswer.Inconclusive,
        };
    }
}

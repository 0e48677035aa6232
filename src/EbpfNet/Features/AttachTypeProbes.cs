using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>
/// Which hooks the kernel has. Most are asked for with a target that does not exist: a kernel that knows the hook says that of the target. The others are hooks that a program
/// is loaded for, or maps.
/// </summary>
internal static unsafe class AttachTypeProbes
{
    private const int NoDescriptor = -1;

    // What a link is asked for with addresses of names or offsets that nobody may read: it is looked at after the hook.
    private const nint NoAddress = 1;

    private static readonly RequiredCapabilities NetAdmin = new(Capabilities.NetAdmin, SysAdminIncludesThem: true);

    public static FeatureFinding Try(BpfAttachType type) => type switch
    {
        BpfAttachType.SkSkbStreamParser or BpfAttachType.SkSkbStreamVerdict or BpfAttachType.SkSkbVerdict => TryAttach(type, new ProgramForm(BpfProgramType.SkSkb)),
        BpfAttachType.SkMsgVerdict => TryAttach(type, new ProgramForm(BpfProgramType.SkMsg)),
        BpfAttachType.Xdp => XdpProbes.Links.Find(),
        BpfAttachType.XdpDevMap => MapTypeProbes.Try(new MapCreateAttribute { MapType = BpfMapType.DevMap, KeySize = 4, ValueSize = 8, MaxEntries = 1 }), // Room for a program.
        BpfAttachType.XdpCpuMap => MapTypeProbes.Try(new MapCreateAttribute { MapType = BpfMapType.CpuMap, KeySize = 4, ValueSize = 8, MaxEntries = 1 }),
        BpfAttachType.SkReusePortSelect or BpfAttachType.SkReusePortSelectOrMigrate => TryLoad(new ProgramForm(BpfProgramType.SkReusePort, type, Result: 1), isAlwaysChecked: false),
        BpfAttachType.PerfEvent => PerfEventProbes.Links.Find(),
        BpfAttachType.TcxIngress or BpfAttachType.TcxEgress => TcProbes.Tcx.Find(),
        BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer => NetkitProbes.Devices.Find(),
        BpfAttachType.Netfilter => TryLoad(new ProgramForm(BpfProgramType.Netfilter, type, Result: 1)),
        BpfAttachType.StructOps => MapTypeProbes.TryStructOpsLink(),
        BpfAttachType.TraceKprobeMulti or BpfAttachType.TraceKprobeSession => TryLink(
            new ProgramForm(BpfProgramType.Kprobe, type),
            new LinkCreateAttribute { AttachType = type, KprobeMultiSymbols = (byte**)NoAddress, KprobeMultiCount = 1 }),
        BpfAttachType.TraceUprobeMulti or BpfAttachType.TraceUprobeSession => TryLink(
            new ProgramForm(BpfProgramType.Kprobe, type),
            new LinkCreateAttribute { AttachType = type, UprobeMultiPath = (byte*)NoAddress, UprobeMultiOffsets = (ulong*)NoAddress, UprobeMultiCount = 1 }),
        BpfAttachType.TraceRawTp or BpfAttachType.TraceFentry or BpfAttachType.TraceFexit or BpfAttachType.ModifyReturn or BpfAttachType.LsmMac or BpfAttachType.LsmCgroup
            or BpfAttachType.TraceIter or BpfAttachType.TraceFsession => TryTarget(type),
        BpfAttachType.TraceFentryMulti or BpfAttachType.TraceFexitMulti or BpfAttachType.TraceFsessionMulti => TryLoad(new ProgramForm(BpfProgramType.Tracing, type)), // The link names its targets.
        _ => TryQuery(type),
    };

    /// <summary>Asks what is attached to a target that does not exist.</summary>
    private static FeatureFinding TryQuery(BpfAttachType type)
    {
        uint id;
        var attribute = new ProgramQueryAttribute { TargetFd = NoDescriptor, AttachType = type, ProgIds = &id, ProgCnt = 1 };
        return JudgeTarget((BpfErrno)(-Math.Min(0, BpfSyscall.Invoke(BpfCommand.ProgQuery, &attribute))), NetAdmin);
    }

    /// <summary>Attaches to a target that does not exist.</summary>
    private static FeatureFinding TryAttach(BpfAttachType type, ProgramForm form)
    {
        BpfErrno error = ProgramTrial.Load(form, out BpfHandle? program);
        if (program is null)
        {
            return ExplainLoad(form, error);
        }

        using (program)
        {
            using BpfHandle.Lease fd = program.Acquire();
            var attribute = new ProgramAttachAttribute { TargetFd = NoDescriptor, AttachBpfFd = fd.Fd, AttachType = type };
            return JudgeTarget((BpfErrno)(-Math.Min(0, BpfSyscall.Invoke(BpfCommand.ProgAttach, &attribute))), NetAdmin);
        }
    }

    /// <summary>Asks for a link to something that does not exist.</summary>
    public static FeatureFinding TryLink(ProgramForm form, LinkCreateAttribute attribute)
    {
        BpfErrno error = ProgramTrial.Load(form, out BpfHandle? program);
        if (program is null)
        {
            return ExplainLoad(form, error);
        }

        using (program)
        {
            error = KernelLinks.Create(program, attribute, out BpfHandle? link);
            link?.Dispose();
            return JudgeTarget(error, RequiredCapabilities.OfProgram(form.Type));
        }
    }

    /// <summary>What the answer to a request for a target that does not exist means.</summary>
    internal static FeatureFinding JudgeTarget(BpfErrno error, RequiredCapabilities required) => error switch
    {
        BpfErrno.None or BpfErrno.EBADF or BpfErrno.ENODEV or BpfErrno.EFAULT or BpfErrno.EAFNOSUPPORT or BpfErrno.ENOENT => FeatureAnswer.Yes,
        BpfErrno.EINVAL => FeatureAnswer.No,
        BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP => new FeatureFinding(FeatureAnswer.No, $"the kernel knows it, but was built without it ({error})"),
        _ => FeatureReasons.Inconclusive(error, required),
    };

    /// <summary>Loads a program for the hook; where the kernel may take any hook for such a program, one for a hook that cannot be it has to be refused.</summary>
    private static FeatureFinding TryLoad(ProgramForm form, bool isAlwaysChecked = true)
    {
        BpfErrno error = ProgramTrial.Try(form, form.Nothing);
        if (error != BpfErrno.None)
        {
            return ExplainLoad(form, error);
        }

        ProgramForm wrong = form with { Hook = BpfAttachType.CgroupDevice };
        return isAlwaysChecked || ProgramTrial.Try(wrong, wrong.Nothing) == BpfErrno.EINVAL ? FeatureAnswer.Yes : FeatureAnswer.No;
    }

    /// <summary>Loads a program for something that the kernel has.</summary>
    private static FeatureFinding TryTarget(BpfAttachType type)
    {
        if (KernelTargets.TryFind() is not { } targets)
        {
            return FeatureFinding.Unknown("such programs name what they attach to by its type, and the kernel does not give its types (/sys/kernel/btf/vmlinux)");
        }

        uint target = type switch
        {
            BpfAttachType.TraceRawTp => targets.Tracepoint,
            BpfAttachType.TraceIter => targets.Iterator,
            BpfAttachType.ModifyReturn => targets.DecidedFunction,
            BpfAttachType.LsmMac => targets.SecurityHook,
            BpfAttachType.LsmCgroup => targets.SocketSecurityHook,
            _ => targets.Function,
        };
        BpfProgramType programType = type is BpfAttachType.LsmMac or BpfAttachType.LsmCgroup ? BpfProgramType.Lsm : BpfProgramType.Tracing;
        return target == 0
            ? new FeatureFinding(type is BpfAttachType.TraceIter or BpfAttachType.LsmMac or BpfAttachType.LsmCgroup ? FeatureAnswer.No : FeatureAnswer.Inconclusive, "the kernel's types have nothing that it could be tried with")
            : TryLoad(new ProgramForm(programType, type, Result: type == BpfAttachType.LsmCgroup ? 1 : 0, Target: target));
    }

    private static FeatureFinding ExplainLoad(ProgramForm form, BpfErrno error) => error switch
    {
        BpfErrno.EINVAL or BpfErrno.E2BIG when ProgramTrial.Try(ProgramForm.Plain, ProgramForm.Plain.Nothing) == BpfErrno.None => FeatureAnswer.No,
        BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP => new FeatureFinding(FeatureAnswer.No, $"the kernel knows it, but not on this machine ({error})"),
        _ => FeatureReasons.Inconclusive(error, RequiredCapabilities.OfProgram(form.Type)),
    };
}

using EbpfNet.Abi;

namespace EbpfNet.Features;

/// <summary>The smallest programs of each type. Which helpers a program may call can depend on its hook and on whether it may sleep: such types have several.</summary>
internal static class ProgramForms
{
    /// <summary>The forms of a type, the one that most kernels take first; empty where what they attach to is not in the kernel's types.</summary>
    /// <param name="type">The type.</param>
    /// <param name="targets">What the kernel has; <see langword="null"/> where it does not tell.</param>
    public static IReadOnlyList<ProgramForm> Of(BpfProgramType type, KernelTargets? targets) => type switch
    {
        BpfProgramType.Kprobe => [new(type), new(type, Flags: BpfProgramFlags.Sleepable)],
        BpfProgramType.CgroupSock => [new(type, BpfAttachType.CgroupInetSockCreate, Result: 1)],
        BpfProgramType.CgroupSockAddr => [new(type, BpfAttachType.CgroupInet4Connect, Result: 1)],
        BpfProgramType.CgroupSockOpt => [new(type, BpfAttachType.CgroupGetSockOpt, Result: 1), new(type, BpfAttachType.CgroupSetSockOpt, Result: 1)],
        BpfProgramType.CgroupSysctl => [new(type, BpfAttachType.CgroupSysctl, Result: 1)],
        BpfProgramType.SkLookup => [new(type, BpfAttachType.SkLookup, Result: 1)],
        BpfProgramType.SkReusePort => [new(type, BpfAttachType.SkReusePortSelect, Result: 1)],
        BpfProgramType.Netfilter => [new(type, BpfAttachType.Netfilter, Result: 1)],
        BpfProgramType.Syscall => [new(type, Flags: BpfProgramFlags.Sleepable)],
        BpfProgramType.Tracing => OnlyWithTarget(
            new(type, BpfAttachType.TraceRawTp, Target: targets?.Tracepoint ?? 0),
            new(type, BpfAttachType.TraceIter, Target: targets?.Iterator ?? 0),
            new(type, BpfAttachType.TraceFentry, Target: targets?.Function ?? 0),
            new(type, BpfAttachType.TraceFexit, Target: targets?.Function ?? 0),
            new(type, BpfAttachType.TraceFentry, BpfProgramFlags.Sleepable, Target: targets?.SleepingFunction ?? 0)),
        BpfProgramType.Lsm => OnlyWithTarget(
            new(type, BpfAttachType.LsmMac, Target: targets?.SecurityHook ?? 0),
            new(type, BpfAttachType.LsmMac, BpfProgramFlags.Sleepable, Target: targets?.SecurityHook ?? 0),
            new(type, BpfAttachType.LsmCgroup, Result: 1, Target: targets?.SocketSecurityHook ?? 0)),
        BpfProgramType.StructOps => OnlyWithTarget(new ProgramForm(type, (BpfAttachType)(targets?.StructMember ?? 0), Target: targets?.StructOfFunctions ?? 0)),
        BpfProgramType.Unspecified or BpfProgramType.Ext => [], // An extension is of the type of the program that it extends.
        _ => [new(type)],
    };

    private static ProgramForm[] OnlyWithTarget(params ProgramForm[] forms) => [.. forms.Where(form => form.Target != 0)];
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Abi;

/// <summary>Every constant of the library that the kernel's headers define, by its C name.</summary>
internal static class CConstants
{
    private static readonly (string Name, long Value)[] Flags =
    [
        ("BPF_F_NO_PREALLOC", (long)BpfMapFlags.NoPrealloc),
        ("BPF_F_NO_COMMON_LRU", (long)BpfMapFlags.NoCommonLru),
        ("BPF_F_NUMA_NODE", (long)BpfMapFlags.NumaNode),
        ("BPF_F_RDONLY", (long)BpfMapFlags.ReadOnly),
        ("BPF_F_WRONLY", (long)BpfMapFlags.WriteOnly),
        ("BPF_F_STACK_BUILD_ID", (long)BpfMapFlags.StackBuildId),
        ("BPF_F_ZERO_SEED", (long)BpfMapFlags.ZeroSeed),
        ("BPF_F_RDONLY_PROG", (long)BpfMapFlags.ReadOnlyProgram),
        ("BPF_F_WRONLY_PROG", (long)BpfMapFlags.WriteOnlyProgram),
        ("BPF_F_CLONE", (long)BpfMapFlags.Clone),
        ("BPF_F_MMAPABLE", (long)BpfMapFlags.Mmapable),
        ("BPF_F_PRESERVE_ELEMS", (long)BpfMapFlags.PreserveElements),
        ("BPF_F_INNER_MAP", (long)BpfMapFlags.InnerMap),
        ("BPF_F_LINK", (long)BpfMapFlags.Link),
        ("BPF_F_PATH_FD", (long)BpfMapFlags.PathFd),
        ("BPF_F_VTYPE_BTF_OBJ_FD", (long)BpfMapFlags.ValueTypeBtfObjectFd),
        ("BPF_F_TOKEN_FD", (long)BpfMapFlags.TokenFd),
        ("BPF_F_SEGV_ON_FAULT", (long)BpfMapFlags.SegvOnFault),
        ("BPF_F_NO_USER_CONV", (long)BpfMapFlags.NoUserConversion),
        ("BPF_ANY", (long)BpfElementFlags.Any),
        ("BPF_NOEXIST", (long)BpfElementFlags.NoExist),
        ("BPF_EXIST", (long)BpfElementFlags.Exist),
        ("BPF_F_LOCK", (long)BpfElementFlags.Lock),
        ("BPF_F_CPU", (long)BpfElementFlags.Cpu),
        ("BPF_F_ALL_CPUS", (long)BpfElementFlags.AllCpus),
        ("BPF_F_STRICT_ALIGNMENT", (long)BpfProgramFlags.StrictAlignment),
        ("BPF_F_ANY_ALIGNMENT", (long)BpfProgramFlags.AnyAlignment),
        ("BPF_F_TEST_RND_HI32", (long)BpfProgramFlags.TestRandomHigh32),
        ("BPF_F_TEST_STATE_FREQ", (long)BpfProgramFlags.TestStateFrequency),
        ("BPF_F_SLEEPABLE", (long)BpfProgramFlags.Sleepable),
        ("BPF_F_XDP_HAS_FRAGS", (long)BpfProgramFlags.XdpHasFrags),
        ("BPF_F_XDP_DEV_BOUND_ONLY", (long)BpfProgramFlags.XdpDevBoundOnly),
        ("BPF_F_TEST_REG_INVARIANTS", (long)BpfProgramFlags.TestRegInvariants),
        ("NLMSG_ERROR", (long)NetlinkType.Error),
        ("NLMSG_DONE", (long)NetlinkType.Done),
        ("RTM_NEWLINK", (long)NetlinkType.NewLink),
        ("RTM_GETLINK", (long)NetlinkType.GetLink),
        ("RTM_SETLINK", (long)NetlinkType.SetLink),
        ("NLM_F_REQUEST", (long)NetlinkFlags.Request),
        ("NLM_F_MULTI", (long)NetlinkFlags.Multi),
        ("NLM_F_ACK", (long)NetlinkFlags.Acknowledge),
        ("NLM_F_DUMP_INTR", (long)NetlinkFlags.DumpInterrupted),
        ("NLM_F_CAPPED", (long)NetlinkFlags.Capped),
        ("NLM_F_ACK_TLVS", (long)NetlinkFlags.AcknowledgeAttributes),
        ("NLM_F_DUMP", (long)NetlinkFlags.Dump),
        ("IFLA_IFNAME", LinkAttribute.Name),
        ("IFLA_EXT_MASK", LinkAttribute.ExtendedMask),
        ("IFLA_XDP", LinkAttribute.Xdp),
        ("RTEXT_FILTER_SKIP_STATS", LinkAttribute.SkipStatistics),
        ("IFLA_XDP_FD", XdpAttribute.Fd),
        ("IFLA_XDP_ATTACHED", XdpAttribute.Attached),
        ("IFLA_XDP_FLAGS", XdpAttribute.Flags),
        ("IFLA_XDP_PROG_ID", XdpAttribute.ProgramId),
        ("IFLA_XDP_DRV_PROG_ID", XdpAttribute.NativeProgramId),
        ("IFLA_XDP_SKB_PROG_ID", XdpAttribute.GenericProgramId),
        ("IFLA_XDP_HW_PROG_ID", XdpAttribute.OffloadedProgramId),
        ("IFLA_XDP_EXPECTED_FD", XdpAttribute.ExpectedFd),
        ("XDP_FLAGS_UPDATE_IF_NOEXIST", (long)XdpFlags.IfNotExists),
        ("XDP_FLAGS_SKB_MODE", (long)XdpFlags.Generic),
        ("XDP_FLAGS_DRV_MODE", (long)XdpFlags.Native),
        ("XDP_FLAGS_HW_MODE", (long)XdpFlags.Offload),
        ("XDP_FLAGS_REPLACE", (long)XdpFlags.Replace),
        ("XDP_ATTACHED_NONE", (long)XdpAttached.None),
        ("XDP_ATTACHED_DRV", (long)XdpAttached.Native),
        ("XDP_ATTACHED_SKB", (long)XdpAttached.Generic),
        ("XDP_ATTACHED_HW", (long)XdpAttached.Offloaded),
        ("XDP_ATTACHED_MULTI", (long)XdpAttached.Several),
        ("PERF_COUNT_SW_CPU_CLOCK", (long)BpfPerfCounter.CpuClock.Config),
        ("PERF_COUNT_SW_TASK_CLOCK", (long)BpfPerfCounter.TaskClock.Config),
        ("PERF_COUNT_SW_PAGE_FAULTS", (long)BpfPerfCounter.PageFaults.Config),
        ("PERF_COUNT_SW_CONTEXT_SWITCHES", (long)BpfPerfCounter.ContextSwitches.Config),
        ("PERF_COUNT_SW_CPU_MIGRATIONS", (long)BpfPerfCounter.CpuMigrations.Config),
        ("PERF_COUNT_SW_PAGE_FAULTS_MIN", (long)BpfPerfCounter.MinorFaults.Config),
        ("PERF_COUNT_SW_PAGE_FAULTS_MAJ", (long)BpfPerfCounter.MajorFaults.Config),
        ("PERF_COUNT_HW_CPU_CYCLES", (long)BpfPerfCounter.CpuCycles.Config),
        ("PERF_COUNT_HW_INSTRUCTIONS", (long)BpfPerfCounter.Instructions.Config),
        ("PERF_COUNT_HW_CACHE_REFERENCES", (long)BpfPerfCounter.CacheReferences.Config),
        ("PERF_COUNT_HW_CACHE_MISSES", (long)BpfPerfCounter.CacheMisses.Config),
        ("PERF_COUNT_HW_BRANCH_INSTRUCTIONS", (long)BpfPerfCounter.BranchInstructions.Config),
        ("PERF_COUNT_HW_BRANCH_MISSES", (long)BpfPerfCounter.BranchMisses.Config),
        ("PERF_COUNT_HW_BUS_CYCLES", (long)BpfPerfCounter.BusCycles.Config),
        ("PERF_COUNT_HW_STALLED_CYCLES_FRONTEND", (long)BpfPerfCounter.StalledCyclesFrontend.Config),
        ("PERF_COUNT_HW_STALLED_CYCLES_BACKEND", (long)BpfPerfCounter.StalledCyclesBackend.Config),
        ("PERF_COUNT_HW_REF_CPU_CYCLES", (long)BpfPerfCounter.ReferenceCpuCycles.Config),
        ("PERF_TYPE_SOFTWARE", BpfPerfCounter.CpuClock.Type),
        ("PERF_TYPE_HARDWARE", BpfPerfCounter.CpuCycles.Type),
    ];

    public static IReadOnlyDictionary<string, long> All { get; } = Collect();

    private static SortedDictionary<string, long> Collect()
    {
        var all = new SortedDictionary<string, long>(StringComparer.Ordinal);
        Add(Enum.GetValues<BpfMapType>(), type => type.CName(), type => (long)type);
        Add(Enum.GetValues<BpfProgramType>(), type => type.CName(), type => (long)type);
        Add(Enum.GetValues<BpfAttachType>(), type => type.CName(), type => (long)type);
        Add(Enum.GetValues<BpfLinkType>(), type => type.CName(), type => (long)type);
        Add(Enum.GetValues<BpfHelper>(), helper => "BPF_FUNC_" + helper.CName()["bpf_".Length..], helper => (long)helper);
        Add(Enum.GetValues<XdpAction>(), action => "XDP_" + action.ToString().ToUpperInvariant(), action => (long)action);
        Add(Enum.GetValues<BpfCommand>(), command => command.ToCName(), command => (long)command);
        foreach ((string name, long value) in Flags)
        {
            all.Add(name, value);
        }

        return all;

        void Add<T>(T[] values, Func<T, string> name, Func<T, long> number)
        {
            foreach (T value in values)
            {
                all.Add(name(value), number(value));
            }
        }
    }
}

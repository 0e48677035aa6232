using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>Which capabilities the kernel asks for, by request, by kind of program and by kind of map.</summary>
/// <param name="Needed">All of these.</param>
/// <param name="SysAdminIncludesThem">Whether CAP_SYS_ADMIN does instead.</param>
internal readonly record struct RequiredCapabilities(Capabilities Needed, bool SysAdminIncludesThem)
{
    /// <summary>For a request, by the kernel's name for it, of whose object nothing more is known.</summary>
    public static RequiredCapabilities OfCall(string call) => call switch
    {
        // The routing socket asks for exactly this one.
        _ when call.StartsWith("RTM_", StringComparison.Ordinal) => new(Capabilities.NetAdmin, SysAdminIncludesThem: false),

        "perf_event_open" => new(Capabilities.Perfmon, true),

        // To see, or count, what others have in the kernel.
        _ when call.EndsWith("_GET_NEXT_ID", StringComparison.Ordinal) || call.EndsWith("_GET_FD_BY_ID", StringComparison.Ordinal) || call == "BPF_ENABLE_STATS" => new(Capabilities.SysAdmin, true),
        _ when call.StartsWith("BPF_", StringComparison.Ordinal) => new(Capabilities.Bpf, true),
        _ => default,
    };

    /// <summary>To load a program (<c>is_net_admin_prog_type</c> and <c>is_perfmon_prog_type</c> in the kernel's source).</summary>
    public static RequiredCapabilities OfProgram(BpfProgramType type) => new(Capabilities.Bpf | OfProgramBeyondBpf(type), SysAdminIncludesThem: true);

    /// <summary>To create a map. Before Linux 6.9, CAP_SYS_ADMIN does not stand for the network's capability here.</summary>
    public static RequiredCapabilities OfMap(BpfMapType type) => type switch
    {
        BpfMapType.SockMap or BpfMapType.SockHash or BpfMapType.DevMap or BpfMapType.DevMapHash or BpfMapType.XskMap => new(Capabilities.Bpf | Capabilities.NetAdmin, false),
        _ => new(Capabilities.Bpf, true),
    };

    /// <summary>What a thread with these capabilities lacks, by name.</summary>
    /// <param name="have">Its capabilities.</param>
    /// <param name="areSplit">Whether the kernel has CAP_BPF and CAP_PERFMON; else CAP_SYS_ADMIN is what it takes.</param>
    public IReadOnlyList<string> FindMissing(Capabilities have, bool areSplit)
    {
        bool isAdministrator = have.HasFlag(Capabilities.SysAdmin);
        Capabilities needed = Needed;
        const Capabilities Split = Capabilities.Bpf | Capabilities.Perfmon;
        if (isAdministrator)
        {
            needed &= SysAdminIncludesThem ? Capabilities.None : ~Split;
        }
        else if (!areSplit && (needed & Split) != 0)
        {
            needed = (needed & ~Split) | Capabilities.SysAdmin;
        }

        Capabilities missing = needed & ~have;
        var names = new List<string>();
        Name(Capabilities.SysAdmin, "CAP_SYS_ADMIN");
        Name(Capabilities.Bpf, "CAP_BPF");
        Name(Capabilities.Perfmon, "CAP_PERFMON");
        Name(Capabilities.NetAdmin, "CAP_NET_ADMIN");
        return names;

        void Name(Capabilities capability, string name)
        {
            if (missing.HasFlag(capability))
            {
                names.Add(name);
            }
        }
    }

    private static Capabilities OfProgramBeyondBpf(BpfProgramType type) => type switch
    {
        BpfProgramType.SchedCls or BpfProgramType.SchedAct or BpfProgramType.Xdp or BpfProgramType.LwtIn or BpfProgramType.LwtOut or BpfProgramType.LwtXmit
            or BpfProgramType.LwtSeg6Local or BpfProgramType.SkSkb or BpfProgramType.SkMsg or BpfProgramType.FlowDissector
            or BpfProgramType.CgroupDevice or BpfProgramType.CgroupSock or BpfProgramType.CgroupSockAddr or BpfProgramType.CgroupSockOpt
            or BpfProgramType.CgroupSysctl or BpfProgramType.SockOps or BpfProgramType.Netfilter => Capabilities.NetAdmin,
        BpfProgramType.Kprobe or BpfProgramType.Tracepoint or BpfProgramType.PerfEvent or BpfProgramType.RawTracepoint or BpfProgramType.RawTracepointWritable
            or BpfProgramType.Lsm or BpfProgramType.Tracing or BpfProgramType.StructOps => Capabilities.Perfmon,
        BpfProgramType.Ext => Capabilities.NetAdmin | Capabilities.Perfmon,
        _ => Capabilities.None,
    };
}

using System.Text;
using EbpfNet.Btf;

namespace EbpfNet.Features;

/// <summary>What programs that are attached by BTF id can be tried with: things that nearly every kernel has, by their ids in its types.</summary>
internal sealed class KernelTargets
{
    // The first that the kernel has is taken.
    private static readonly string[] Tracepoints = ["btf_trace_sched_switch", "btf_trace_sys_enter", "btf_trace_task_newtask"];
    private static readonly string[] Functions = ["bpf_fentry_test1", "do_nanosleep", "vfs_read", "__kmalloc"];
    private static readonly string[] DecidedFunctions = ["security_file_open", "security_bpf", "bpf_modify_return_test"];
    private static readonly string[] SleepingFunctions = ["security_file_open", "__x64_sys_getpid", "__x64_sys_nanosleep", "__arm64_sys_getpid", "bpf_fentry_test1"];
    private static readonly string[] SecurityHooks = ["bpf_lsm_file_open", "bpf_lsm_bpf"];
    private static readonly string[] SocketSecurityHooks = ["bpf_lsm_socket_bind", "bpf_lsm_socket_post_create"];
    private static readonly string[] Iterators = ["bpf_iter_task", "bpf_iter_bpf_map"];
    private static readonly (string Struct, string Function)[] Structs = [("tcp_congestion_ops", "ssthresh"), ("bpf_dummy_ops", "test_1")];

    private KernelTargets(BtfSpec types)
    {
        Tracepoint = FindFirst(types, Tracepoints, BtfKind.Typedef);
        Function = FindFirst(types, Functions, BtfKind.Function);
        DecidedFunction = FindFirst(types, DecidedFunctions, BtfKind.Function);
        SleepingFunction = FindFirst(types, SleepingFunctions, BtfKind.Function);
        SecurityHook = FindFirst(types, SecurityHooks, BtfKind.Function);
        SocketSecurityHook = FindFirst(types, SocketSecurityHooks, BtfKind.Function);
        Iterator = FindFirst(types, Iterators, BtfKind.Function);
        (StructOfFunctions, StructMember) = FindStruct(types);
    }

    public uint Tracepoint { get; }

    public uint Function { get; }

    /// <summary>One whose result programs may decide.</summary>
    public uint DecidedFunction { get; }

    /// <summary>One that may sleep.</summary>
    public uint SleepingFunction { get; }

    public uint SecurityHook { get; }

    /// <summary>One that control groups have too.</summary>
    public uint SocketSecurityHook { get; }

    public uint Iterator { get; }

    /// <summary>A struct of functions that programs can implement.</summary>
    public uint StructOfFunctions { get; }

    /// <summary>The number of one of its functions.</summary>
    public uint StructMember { get; }

    /// <summary>Those of the running kernel; <see langword="null"/> where it does not give its types.</summary>
    public static KernelTargets? TryFind() => KernelBtf.TryOpenRunning() is { } types ? new KernelTargets(types.Vmlinux) : null;

    /// <summary>The first of some names that the types have; 0 for none.</summary>
    public static uint FindFirst(BtfSpec types, string[] names, BtfKind kind)
    {
        var ids = new List<BtfTypeId>();
        foreach (string name in names)
        {
            types.FindOwnIds(Encoding.UTF8.GetBytes(name), kind.ToSet(), ids);
            if (ids.Count > 0)
            {
                return ids[0].Value;
            }
        }

        return 0;
    }

    private static (uint Struct, uint Member) FindStruct(BtfSpec types)
    {
        foreach ((string name, string function) in Structs)
        {
            // Those that can be implemented have a wrapper, bpf_struct_ops_NAME.
            uint id = FindFirst(types, ["bpf_struct_ops_" + name], BtfKind.Struct) == 0 ? 0 : FindFirst(types, [name], BtfKind.Struct);
            if (id != 0 && types[new BtfTypeId(id)] is BtfStruct found)
            {
                for (int i = 0; i < found.Members.Length; i++)
                {
                    if (found.Members[i].Name == function)
                    {
                        return (id, (uint)i);
                    }
                }
            }
        }

        return (0, 0);
    }
}

using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>
/// Global functions with a parameter that is tagged to be the program's context (<c>__arg_ctx</c>), for kernels that do not know the tag: those go by the name of the struct that the
/// parameter points to. So each program is told another function, whose parameter points to a struct of the name that its kind's context has.
/// </summary>
internal static class ContextArguments
{
    /// <summary>Adds functions to an object's types, and has its programs refer to them, where this kernel needs that.</summary>
    /// <param name="btf">The object's types.</param>
    /// <param name="programs">Its linked programs.</param>
    /// <param name="builder">The types as the kernel will get them.</param>
    public static void Rewrite(BtfSpec btf, IReadOnlyList<LinkedProgram> programs, BtfBuilder builder)
    {
        if (FindTagged(btf) is not { Count: > 0 } tagged || !ContextTagProbe.ContextTags.IsMissing)
        {
            return;
        }

        Dictionary<(BtfTypeId Function, string Context), BtfTypeId> rewritten = [];
        foreach (LinkedProgram program in programs)
        {
            if (ContextName(program.Program.Type) is { } context)
            {
                // The program's own function is given the context by the kernel: nobody asks for its type.
                program.FuncInfos = [.. program.FuncInfos.Select(info => info.Slot > 0 && tagged.TryGetValue(info.Type, out List<int>? parameters)
                    ? info with { Type = Rewrite(btf, info.Type, parameters, context, builder, rewritten) }
                    : info)];
            }
        }
    }

    /// <summary>The functions that have tagged parameters, and which those are.</summary>
    private static Dictionary<BtfTypeId, List<int>> FindTagged(BtfSpec btf)
    {
        Dictionary<BtfTypeId, List<int>> tagged = [];
        foreach (BtfTypeId id in btf.FindIds(ContextTagProbe.Tag, BtfKind.DeclTag.ToSet()))
        {
            BtfDeclTag tag = btf.Get<BtfDeclTag>(id);
            if (tag.ComponentIndex >= 0 && btf[tag.Target] is BtfFunction { Linkage: BtfFunctionLinkage.Global })
            {
                if (!tagged.TryGetValue(tag.Target, out List<int>? parameters))
                {
                    tagged.Add(tag.Target, parameters = []);
                }

                parameters.Add(tag.ComponentIndex);
            }
        }

        return tagged;
    }

    private static BtfTypeId Rewrite(
        BtfSpec btf, BtfTypeId id, List<int> parameters, string context, BtfBuilder builder, Dictionary<(BtfTypeId Function, string Context), BtfTypeId> rewritten)
    {
        if (rewritten.TryGetValue((id, context), out BtfTypeId known))
        {
            return known;
        }

        BtfFunction function = btf.Get<BtfFunction>(id);
        BtfFunctionPrototype prototype = btf.Get<BtfFunctionPrototype>(function.Prototype);
        BtfParameter[] changed = [.. prototype.Parameters];
        BtfTypeId pointer = builder.AddPointer(builder.AddStruct(context, 0));
        foreach (int index in parameters)
        {
            if (index < changed.Length && btf[btf.SkipModifiers(changed[index].Type)].Kind == BtfKind.Pointer)
            {
                changed[index] = changed[index] with { Type = pointer };
            }
        }

        BtfTypeId made = builder.AddFunction(function.Name, builder.AddFunctionPrototype(prototype.ReturnType, prototype.IsVariadic, [.. changed]), function.Linkage);
        rewritten.Add((id, context), made);
        return made;
    }

    /// <summary>The struct, or a typedef of it, that the kernel calls a kind's context; <see langword="null"/> where it has no name that counts.</summary>
    private static string? ContextName(BpfProgramType type) => type switch
    {
        BpfProgramType.SocketFilter or BpfProgramType.SchedCls or BpfProgramType.SchedAct or BpfProgramType.CgroupSkb or BpfProgramType.SkSkb or BpfProgramType.FlowDissector
            or BpfProgramType.LwtIn or BpfProgramType.LwtOut or BpfProgramType.LwtXmit or BpfProgramType.LwtSeg6Local => "__sk_buff",
        BpfProgramType.Xdp => "xdp_md",
        BpfProgramType.CgroupSock => "bpf_sock",
        BpfProgramType.CgroupSockAddr => "bpf_sock_addr",
        BpfProgramType.CgroupSockOpt => "bpf_sockopt",
        BpfProgramType.CgroupSysctl => "bpf_sysctl",
        BpfProgramType.CgroupDevice => "bpf_cgroup_dev_ctx",
        BpfProgramType.SockOps => "bpf_sock_ops",
        BpfProgramType.SkMsg => "sk_msg_md",
        BpfProgramType.SkReusePort => "sk_reuseport_md",
        BpfProgramType.SkLookup => "bpf_sk_lookup",
        BpfProgramType.Netfilter => "bpf_nf_ctx",
        BpfProgramType.Kprobe => "bpf_user_pt_regs_t",
        BpfProgramType.PerfEvent => "bpf_perf_event_data",
        BpfProgramType.RawTracepoint or BpfProgramType.RawTracepointWritable => "bpf_raw_tracepoint_args",
        _ => null,
    };
}

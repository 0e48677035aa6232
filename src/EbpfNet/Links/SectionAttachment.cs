using System.Collections.Frozen;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>How the programs of a kind of section are attached: the table behind <see cref="SectionAttachmentExtensions.Attach"/>.</summary>
/// <param name="Call">The method that attaches them when the section's name does not say it all, as a person writes it.</param>
/// <param name="Missing">What the name does not say: the end of "does not say …".</param>
/// <param name="WithTarget">Attaches a program to what the section's name says after its slash; <see langword="null"/> where no name says it all.</param>
/// <param name="IsOpen">Whether something is left open after a slash with this behind it.</param>
internal sealed record SectionAttachment(string Call, string Missing, Func<BpfProgram, string, BpfLink>? WithTarget = null, Func<string, bool>? IsOpen = null)
{
    /// <summary>By <see cref="SectionDefinition.Name"/>.</summary>
    public static FrozenDictionary<string, SectionAttachment> ByName { get; } = Table()
        .SelectMany(row => row.Names.Split(' ').Select(name => KeyValuePair.Create(name, row.Attachment)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Says where; <see langword="null"/> when the section's name, or what was set before the load, leaves nothing open.</summary>
    /// <param name="program">The program.</param>
    /// <param name="attach">Attaches it, when the result is <see langword="null"/>.</param>
    public static string? FindObstacle(BpfProgram program, out Func<BpfLink>? attach)
    {
        attach = null;
        if (program.SectionName is not { } section)
        {
            return $"{program} was not loaded from an object: no section's name says what it attaches to. Call the Attach method of its hook.";
        }

        if (SectionName.Parse(section).Definition is not { } definition)
        {
            return $"Section '{section}' of {program} is none that says how to attach: call the Attach method of its hook.";
        }

        if (!ByName.TryGetValue(definition.Name, out SectionAttachment? row))
        {
            return $"There is no way to attach programs of section '{section}', such as {program}.";
        }

        if (row.WithTarget is not { } withTarget || program.AttachTarget is not { Length: > 0 } target)
        {
            string shape = row.WithTarget is null ? "" : $"name it '{definition.Name}/…', or ";
            return $"Section '{section}' of {program} does not say {row.Missing}: {shape}call {row.Call}.";
        }

        if (row.IsOpen?.Invoke(target) ?? false)
        {
            return $"Section '{section}' of {program} does not say {row.Missing}: call {row.Call}.";
        }

        attach = () => withTarget(program, target);
        return null;
    }

    private static (string Names, SectionAttachment Attachment)[] Table() =>
    [
        ("xdp xdp.frags", new("AttachXdp(interface)", "where")),
        ("xdp/devmap xdp.frags/devmap", new("BpfDeviceMap.Set, which gives the program to an entry of a map", "of which entry")),
        ("xdp/cpumap xdp.frags/cpumap", new("BpfCpuMap.Set, which gives the program to an entry of a map", "of which entry")),
        ("tc tc/ingress tc/egress tcx/ingress tcx/egress classifier action", new("AttachTc(interface, direction)", "where")),
        ("netkit/primary netkit/peer", new("AttachNetkit(interface, side)", "to which device")),
        ("lwt_in lwt_out lwt_xmit lwt_seg6local", new("AttachLwt(destination, interface)", "to which route")),
        ("lirc_mode2", new("AttachLirc(devicePath)", "to which device")),
        ("netfilter", new("AttachNetfilter(options)", "where")),
        ("sk_skb/stream_parser sk_skb/stream_verdict sk_skb/verdict sk_msg", new("AttachSockMap(map)", "to which map")),
        ("sk_skb", new("AttachSockMap(map, attachType)", "to which map, and what it does there")),
        ("raw_tp raw_tp.s raw_tp.w raw_tracepoint raw_tracepoint.s raw_tracepoint.w", new("AttachRawTracepoint(name)", "which tracepoint", (program, name) => program.AttachRawTracepoint(name))),
        ("tp_btf tp_btf.s", new("AttachRawTracepoint()", "which tracepoint", (program, _) => program.AttachRawTracepoint())),
        ("fentry fentry.s fexit fexit.s fmod_ret fmod_ret.s fsession fsession.s", new("AttachTracing()", "which function", (program, _) => program.AttachTracing())),
        (
            "fentry.multi fentry.multi.s fexit.multi fexit.multi.s fsession.multi fsession.multi.s",
            new("AttachTracingMulti(pattern)", "which functions", (program, pattern) => program.AttachTracingMulti(pattern))),
        ("lsm lsm.s", new("AttachLsm()", "which hook", (program, _) => program.AttachLsm())),
        ("freplace", new("AttachReplacement(target, function)", "which function of which program", (program, _) => program.AttachReplacement())),
        (
            "cgroup_skb/ingress cgroup_skb/egress cgroup/sock_create cgroup/sock_release cgroup/sock cgroup/post_bind4 cgroup/post_bind6 cgroup/bind4 cgroup/bind6 cgroup/connect4 cgroup/connect6 cgroup/connect_unix cgroup/sysctl cgroup/setsockopt cgroup/dev sockops lsm_cgroup "
            + "cgroup/sendmsg4 cgroup/sendmsg6 cgroup/sendmsg_unix cgroup/recvmsg4 cgroup/recvmsg6 cgroup/recvmsg_unix cgroup/getpeername4 cgroup/getpeername6 cgroup/getpeername_unix cgroup/getsockname4 cgroup/getsockname6 cgroup/getsockname_unix cgroup/getsockopt",
            new("AttachCgroup(path)", "to which control group")),
        ("cgroup/skb", new("AttachCgroup(path, options)", "to which control group, and whether it sees what comes in or what goes out")),
        (
            "iter iter.s",
            new("AttachIterator(options)", "what to go through", (program, _) => program.AttachIterator(), what => what is "bpf_map_elem" or "bpf_sk_storage_map" or "sockmap" or "cgroup")),
        ("socket", new("AttachSocketFilter(socket), AttachSocketFilter(interface) or AttachReusePort(socket)", "of which socket")),
        ("sk_reuseport sk_reuseport/migrate", new("AttachReusePort(socket)", "of which sockets")),
        ("sk_lookup flow_dissector", new("AttachNetns(namespace)", "to which network namespace")),
        ("tp tp.s tracepoint tracepoint.s", new("AttachTracepoint(category, name)", "which tracepoint", ProbeSections.AttachTracepoint)),
        ("kprobe", new("AttachKprobe(function)", "which function", (program, target) => ProbeSections.AttachKprobe(program, target, isReturn: false))),
        ("kretprobe", new("AttachKprobe(function, options)", "which function", (program, target) => ProbeSections.AttachKprobe(program, target, isReturn: true))),
        ("ksyscall", new("AttachKsyscall(systemCall)", "which system call", (program, call) => program.AttachKsyscall(call))),
        ("kretsyscall", new("AttachKsyscall(systemCall, options)", "which system call", (program, call) => program.AttachKsyscall(call, new KprobeOptions { Return = true }))),
        ("kprobe.multi kprobe.session", new("AttachKprobeMulti(pattern)", "which functions", (program, pattern) => program.AttachKprobeMulti(pattern))),
        ("kretprobe.multi", new("AttachKprobeMulti(pattern, options)", "which functions", (program, pattern) => program.AttachKprobeMulti(pattern, new KprobeMultiOptions { Return = true }))),
        ("uprobe uprobe.s", new("AttachUprobe(file, function)", "which function", (program, target) => ProbeSections.AttachUprobe(program, target, isReturn: false))),
        ("uretprobe uretprobe.s", new("AttachUprobe(file, options)", "which function", (program, target) => ProbeSections.AttachUprobe(program, target, isReturn: true))),
        ("uprobe.multi uprobe.multi.s uprobe.session uprobe.session.s", new("AttachUprobeMulti(file, pattern)", "which functions", (program, target) => ProbeSections.AttachUprobeMulti(program, target, isReturn: false))),
        ("uretprobe.multi uretprobe.multi.s", new("AttachUprobeMulti(file, pattern, options)", "which functions", (program, target) => ProbeSections.AttachUprobeMulti(program, target, isReturn: true))),
        ("usdt usdt.s", new("AttachUsdt(file, provider, name)", "which probe", ProbeSections.AttachUsdt)),
        ("perf_event", new("AttachPerfEvent(options)", "what is counted")),
        ("struct_ops struct_ops.s", new("GetStructOps(name).AttachStructOps() of its object", "of which struct")),
        ("syscall", new("TestRun, which runs it", "what starts it")),
    ];
}

using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.KernelTests.Links;

namespace EbpfNet.KernelTests.Inspection;

/// <summary>What the kernel tells about links that not every kernel has, or tells of: see <see cref="Hook"/> for what is asked of all of them.</summary>
[Trait("OtherKernels", "")]
public sealed class LinkInfoKindTests : KernelTest
{
    [SkippableFact]
    public void A_tracepoints_link_names_it()
    {
        using var files = new TraceFiles();
        using var counter = new ProbeObject("on_tracepoint");
        using PerfEventLink link = counter.Program.AttachTracepoint("syscalls", "sys_enter_gettid");

        TracepointLinkInfo info = Require<TracepointLinkInfo>(link);

        Assert.Equal(("sys_enter_gettid", counter.Program.Id), (info.Name, info.ProgramId));
        Assert.Equal($"perf_event link {link.Id}: program {counter.Program.Id} on tracepoint sys_enter_gettid", info.ToString());
    }

    [SkippableFact]
    public void A_user_probes_link_names_file_and_place()
    {
        using var counter = new ProbeObject("on_function");
        using ProbedProgram probed = ProbedProgram.Start();
        using PerfEventLink link = counter.Program.AttachUprobe(probed.FilePath, new UprobeOptions { Function = "first_step", Return = true });

        UprobeLinkInfo info = Require<UprobeLinkInfo>(link);

        Assert.Equal((probed.FilePath, true), (info.File, info.IsReturn));
        Assert.NotEqual(0u, info.Offset);
        Assert.StartsWith($"uretprobe {probed.FilePath}+0x", info.Target, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_kernel_probes_link_names_the_function()
    {
        Skip.IfNot(PerfEventProbes.KernelProbeEvents.IsPresent, "this kernel has no kprobes");
        string function = KernelArchitecture.Current.SystemCallPrefix + "gettid";
        using var counter = new ProbeObject("on_function");
        using PerfEventLink link = counter.Program.AttachKprobe(function);

        KprobeLinkInfo info = Require<KprobeLinkInfo>(link);

        Assert.Equal((function, false, 0u, 0ul), (info.Function, info.IsReturn, info.Offset, info.Missed));
        Assert.Equal($"kprobe {function}", info.Target);
    }

    [SkippableFact]
    public void A_raw_tracepoints_link_names_it()
    {
        using TracingKernel kernel = TracingKernel.Load("renamed");
        using RawTracepointLink link = kernel.Program.AttachRawTracepoint();

        RawTracepointLinkInfo info = Require<RawTracepointLinkInfo>(link);

        Assert.Equal(("task_rename", kernel.Program.Id), (info.Tracepoint, info.ProgramId));
    }

    [SkippableFact]
    public void A_functions_link_names_its_type()
    {
        using TracingKernel kernel = TracingKernel.Load("entered");
        using TracingLink link = kernel.Program.AttachTracing();

        TracingLinkInfo info = Require<TracingLinkInfo>(link);

        Assert.Equal(BpfAttachType.TraceFentry, info.AttachType);
        Skip.If(info.TargetBtfId == 0, "this kernel does not tell the function");
        BpfProgramInfo program = kernel.Program.GetInfo();
        Skip.If(program.AttachBtfId == 0, "this kernel does not tell a program's target");
        Assert.Equal((program.AttachBtfId, program.AttachBtfObjectId), (info.TargetBtfId, info.TargetObjectId));
        using BpfBtf types = BpfBtf.OpenById(info.TargetObjectId);
        Assert.Equal("bpf_fentry_test1", types.ToSpec()[new Btf.BtfTypeId(info.TargetBtfId)].Name);
    }

    [SkippableFact]
    public void A_control_groups_link_has_its_number()
    {
        using Cgroups.TemporaryCgroup folder = Cgroups.Create();
        using BpfCgroup group = BpfCgroup.Open(folder.Path);
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("cgroup_hooks", "skb_egress"));
        using CgroupLink link = loaded.Programs["skb_egress"].AttachCgroup(group);

        CgroupLinkInfo info = Require<CgroupLinkInfo>(link);

        Assert.Equal((group.Id, BpfAttachType.CgroupInetEgress), (info.CgroupId, info.AttachType));
        Assert.Equal($"control group {group.Id}, CGROUP_INET_EGRESS", info.Target);
    }

    private static TInfo Require<TInfo>(BpfLink link)
        where TInfo : BpfLinkInfo
    {
        Skip.If(link.Id == 0, "this kernel has no links for it");
        BpfLinkInfo info = link.GetInfo();
        Skip.If(info.GetType() == typeof(PerfEventLinkInfo), "this kernel does not tell what a perf event's link is on");
        Assert.Equal((link.Id, link.Type), (info.Id, info.Type));
        return Assert.IsType<TInfo>(info);
    }
}

using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet.Kernel;

// What creates links, and what tells about them; a test compares sizes and offsets with a C compiler's.

/// <summary><c>BPF_LINK_CREATE</c>: the common head, then the union that each kind of link reads in its own way.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct LinkCreateAttribute
{
    /// <summary>A union: <c>prog_fd</c>, or <c>map_fd</c> for a map of functions.</summary>
    [FieldOffset(0)]
    public int ProgFd;

    /// <summary>A union: <c>target_fd</c>, or <c>target_ifindex</c>.</summary>
    [FieldOffset(4)]
    public int TargetFd;

    [FieldOffset(8)]
    public BpfAttachType AttachType;

    [FieldOffset(12)]
    public uint Flags;

    /// <summary>A replaced function (<c>freplace</c>).</summary>
    [FieldOffset(16)]
    public uint TargetBtfId;

    /// <summary><c>iter_info</c>.</summary>
    [FieldOffset(16)]
    public void* IterInfo;

    /// <summary><c>iter_info_len</c>.</summary>
    [FieldOffset(24)]
    public uint IterInfoLen;

    /// <summary><c>perf_event.bpf_cookie</c>.</summary>
    [FieldOffset(16)]
    public ulong PerfEventCookie;

    /// <summary><c>kprobe_multi.flags</c>.</summary>
    [FieldOffset(16)]
    public uint KprobeMultiFlags;

    /// <summary><c>kprobe_multi.cnt</c>.</summary>
    [FieldOffset(20)]
    public uint KprobeMultiCount;

    /// <summary><c>kprobe_multi.syms</c>.</summary>
    [FieldOffset(24)]
    public byte** KprobeMultiSymbols;

    /// <summary><c>kprobe_multi.addrs</c>.</summary>
    [FieldOffset(32)]
    public ulong* KprobeMultiAddresses;

    /// <summary><c>kprobe_multi.cookies</c>.</summary>
    [FieldOffset(40)]
    public ulong* KprobeMultiCookies;

    /// <summary><c>tracing.target_btf_id</c>.</summary>
    [FieldOffset(16)]
    public uint TracingTargetBtfId;

    /// <summary><c>tracing.cookie</c>.</summary>
    [FieldOffset(24)]
    public ulong TracingCookie;

    /// <summary><c>tracing_multi.ids</c>.</summary>
    [FieldOffset(16)]
    public uint* TracingMultiIds;

    /// <summary><c>tracing_multi.cookies</c>.</summary>
    [FieldOffset(24)]
    public ulong* TracingMultiCookies;

    /// <summary><c>tracing_multi.cnt</c>.</summary>
    [FieldOffset(32)]
    public uint TracingMultiCount;

    /// <summary><c>netfilter.pf</c>.</summary>
    [FieldOffset(16)]
    public uint NetfilterFamily;

    /// <summary><c>netfilter.hooknum</c>.</summary>
    [FieldOffset(20)]
    public uint NetfilterHook;

    /// <summary><c>netfilter.priority</c>.</summary>
    [FieldOffset(24)]
    public int NetfilterPriority;

    /// <summary><c>netfilter.flags</c>.</summary>
    [FieldOffset(28)]
    public uint NetfilterFlags;

    /// <summary>The same for tcx, netkit and control groups: a descriptor, or an id with <c>BPF_F_ID</c>.</summary>
    [FieldOffset(16)]
    public uint Relative;

    /// <summary>The same for tcx, netkit and control groups.</summary>
    [FieldOffset(24)]
    public ulong ExpectedRevision;

    /// <summary><c>uprobe_multi.path</c>.</summary>
    [FieldOffset(16)]
    public byte* UprobeMultiPath;

    /// <summary><c>uprobe_multi.offsets</c>.</summary>
    [FieldOffset(24)]
    public ulong* UprobeMultiOffsets;

    /// <summary><c>uprobe_multi.ref_ctr_offsets</c>.</summary>
    [FieldOffset(32)]
    public ulong* UprobeMultiReferenceCounters;

    /// <summary><c>uprobe_multi.cookies</c>.</summary>
    [FieldOffset(40)]
    public ulong* UprobeMultiCookies;

    /// <summary><c>uprobe_multi.cnt</c>.</summary>
    [FieldOffset(48)]
    public uint UprobeMultiCount;

    /// <summary><c>uprobe_multi.flags</c>.</summary>
    [FieldOffset(52)]
    public uint UprobeMultiFlags;

    /// <summary><c>uprobe_multi.pid</c>.</summary>
    [FieldOffset(56)]
    public uint UprobeMultiProcess;
}

/// <summary><c>struct bpf_link_info</c>: the common head, then the union that each kind fills in its own way.</summary>
/// <remarks>Where it has a name the kernel writes to a buffer that the caller gives there, and tells the length.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct LinkInfoData
{
    [FieldOffset(0)]
    public BpfLinkType Type;

    [FieldOffset(4)]
    public uint Id;

    [FieldOffset(8)]
    public uint ProgId;

    /// <summary><c>xdp.ifindex</c>, <c>tcx.ifindex</c>, <c>netkit.ifindex</c>.</summary>
    [FieldOffset(16)]
    public uint Ifindex;

    /// <summary><c>tcx.attach_type</c>, <c>netkit.attach_type</c>.</summary>
    [FieldOffset(20)]
    public BpfAttachType DeviceAttachType;

    /// <summary><c>raw_tracepoint.tp_name</c>.</summary>
    [FieldOffset(16)]
    public byte* RawTracepointName;

    /// <summary><c>raw_tracepoint.tp_name_len</c>.</summary>
    [FieldOffset(24)]
    public uint RawTracepointNameLength;

    /// <summary><c>raw_tracepoint.cookie</c>.</summary>
    [FieldOffset(32)]
    public ulong RawTracepointCookie;

    /// <summary><c>tracing.attach_type</c>.</summary>
    [FieldOffset(16)]
    public BpfAttachType TracingAttachType;

    /// <summary><c>tracing.target_obj_id</c>.</summary>
    [FieldOffset(20)]
    public uint TracingTargetObjectId;

    /// <summary><c>tracing.target_btf_id</c>.</summary>
    [FieldOffset(24)]
    public uint TracingTargetBtfId;

    /// <summary><c>tracing.cookie</c>.</summary>
    [FieldOffset(32)]
    public ulong TracingCookie;

    /// <summary><c>cgroup.cgroup_id</c>.</summary>
    [FieldOffset(16)]
    public ulong CgroupId;

    /// <summary><c>cgroup.attach_type</c>.</summary>
    [FieldOffset(24)]
    public BpfAttachType CgroupAttachType;

    /// <summary><c>iter.target_name</c>.</summary>
    [FieldOffset(16)]
    public byte* IteratorTargetName;

    /// <summary><c>iter.target_name_len</c>.</summary>
    [FieldOffset(24)]
    public uint IteratorTargetNameLength;

    /// <summary><c>iter.map.map_id</c>.</summary>
    [FieldOffset(28)]
    public uint IteratorMapId;

    /// <summary><c>iter.cgroup.cgroup_id</c>.</summary>
    [FieldOffset(32)]
    public ulong IteratorCgroupId;

    /// <summary><c>iter.cgroup.order</c>.</summary>
    [FieldOffset(40)]
    public uint IteratorCgroupOrder;

    /// <summary><c>iter.task.tid</c>.</summary>
    [FieldOffset(32)]
    public uint IteratorThread;

    /// <summary><c>iter.task.pid</c>.</summary>
    [FieldOffset(36)]
    public uint IteratorProcess;

    /// <summary><c>netns.netns_ino</c>.</summary>
    [FieldOffset(16)]
    public uint NetNsInode;

    /// <summary><c>netns.attach_type</c>.</summary>
    [FieldOffset(20)]
    public BpfAttachType NetNsAttachType;

    /// <summary><c>struct_ops.map_id</c>.</summary>
    [FieldOffset(16)]
    public uint StructOpsMapId;

    /// <summary><c>netfilter.pf</c>.</summary>
    [FieldOffset(16)]
    public uint NetfilterFamily;

    /// <summary><c>netfilter.hooknum</c>.</summary>
    [FieldOffset(20)]
    public uint NetfilterHook;

    /// <summary><c>netfilter.priority</c>.</summary>
    [FieldOffset(24)]
    public int NetfilterPriority;

    /// <summary><c>netfilter.flags</c>.</summary>
    [FieldOffset(28)]
    public uint NetfilterFlags;

    /// <summary><c>kprobe_multi.addrs</c>.</summary>
    [FieldOffset(16)]
    public ulong* KprobeMultiAddresses;

    /// <summary><c>kprobe_multi.count</c>.</summary>
    [FieldOffset(24)]
    public uint KprobeMultiCount;

    /// <summary><c>kprobe_multi.flags</c>.</summary>
    [FieldOffset(28)]
    public uint KprobeMultiFlags;

    /// <summary><c>kprobe_multi.missed</c>.</summary>
    [FieldOffset(32)]
    public ulong KprobeMultiMissed;

    /// <summary><c>kprobe_multi.cookies</c>.</summary>
    [FieldOffset(40)]
    public ulong* KprobeMultiCookies;

    /// <summary><c>uprobe_multi.path</c>.</summary>
    [FieldOffset(16)]
    public byte* UprobeMultiPath;

    /// <summary><c>uprobe_multi.offsets</c>.</summary>
    [FieldOffset(24)]
    public ulong* UprobeMultiOffsets;

    /// <summary><c>uprobe_multi.ref_ctr_offsets</c>.</summary>
    [FieldOffset(32)]
    public ulong* UprobeMultiReferenceCounters;

    /// <summary><c>uprobe_multi.cookies</c>.</summary>
    [FieldOffset(40)]
    public ulong* UprobeMultiCookies;

    /// <summary><c>uprobe_multi.path_size</c>.</summary>
    [FieldOffset(48)]
    public uint UprobeMultiPathSize;

    /// <summary><c>uprobe_multi.count</c>.</summary>
    [FieldOffset(52)]
    public uint UprobeMultiCount;

    /// <summary><c>uprobe_multi.flags</c>.</summary>
    [FieldOffset(56)]
    public uint UprobeMultiFlags;

    /// <summary><c>uprobe_multi.pid</c>.</summary>
    [FieldOffset(60)]
    public uint UprobeMultiProcess;

    /// <summary><c>enum bpf_perf_event_type</c>: which of the following is filled in.</summary>
    [FieldOffset(16)]
    public uint PerfEventKind;

    /// <summary><c>perf_event.uprobe.file_name</c>.</summary>
    [FieldOffset(24)]
    public byte* UprobeFile;

    /// <summary><c>perf_event.uprobe.name_len</c>.</summary>
    [FieldOffset(32)]
    public uint UprobeFileLength;

    /// <summary><c>perf_event.uprobe.offset</c>.</summary>
    [FieldOffset(36)]
    public uint UprobeOffset;

    /// <summary><c>perf_event.uprobe.cookie</c>.</summary>
    [FieldOffset(40)]
    public ulong UprobeCookie;

    /// <summary><c>perf_event.kprobe.func_name</c>.</summary>
    [FieldOffset(24)]
    public byte* KprobeFunction;

    /// <summary><c>perf_event.kprobe.name_len</c>.</summary>
    [FieldOffset(32)]
    public uint KprobeFunctionLength;

    /// <summary><c>perf_event.kprobe.offset</c>.</summary>
    [FieldOffset(36)]
    public uint KprobeOffset;

    /// <summary><c>perf_event.kprobe.addr</c>.</summary>
    [FieldOffset(40)]
    public ulong KprobeAddress;

    /// <summary><c>perf_event.kprobe.missed</c>.</summary>
    [FieldOffset(48)]
    public ulong KprobeMissed;

    /// <summary><c>perf_event.kprobe.cookie</c>.</summary>
    [FieldOffset(56)]
    public ulong KprobeCookie;

    /// <summary><c>perf_event.tracepoint.tp_name</c>.</summary>
    [FieldOffset(24)]
    public byte* TracepointName;

    /// <summary><c>perf_event.tracepoint.name_len</c>.</summary>
    [FieldOffset(32)]
    public uint TracepointNameLength;

    /// <summary><c>perf_event.tracepoint.cookie</c>.</summary>
    [FieldOffset(40)]
    public ulong TracepointCookie;

    /// <summary><c>perf_event.event.config</c>.</summary>
    [FieldOffset(24)]
    public ulong EventConfig;

    /// <summary><c>perf_event.event.type</c>.</summary>
    [FieldOffset(32)]
    public uint EventType;

    /// <summary><c>perf_event.event.cookie</c>.</summary>
    [FieldOffset(40)]
    public ulong EventCookie;

    /// <summary><c>sockmap.map_id</c>.</summary>
    [FieldOffset(16)]
    public uint SockMapId;

    /// <summary><c>sockmap.attach_type</c>.</summary>
    [FieldOffset(20)]
    public BpfAttachType SockMapAttachType;
}

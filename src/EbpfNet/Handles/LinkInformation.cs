using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Asks the kernel about a link: first of what kind it is, then, where that kind has names or lists, again with room for them.</summary>
internal static unsafe class LinkInformation
{
    private const int NameRoom = 4096; // PATH_MAX; other names are shorter.
    private const uint MostPlaces = 1 << 20; // MAX_KPROBE_MULTI_CNT, MAX_UPROBE_MULTI_CNT

    private delegate void Prepare(ref LinkInfoData info, byte* name);

    public static BpfLinkInfo Read(BpfHandle link, string what)
    {
        LinkInfoData info = KernelObjects.GetInfo<LinkInfoData>(link, what);
        return info.Type switch
        {
            BpfLinkType.Xdp => new XdpLinkInfo(info),
            BpfLinkType.Tcx => new TcxLinkInfo(info),
            BpfLinkType.Netkit => new NetkitLinkInfo(info),
            BpfLinkType.Netfilter => new NetfilterLinkInfo(info),
            BpfLinkType.NetNs => new NetNsLinkInfo(info),
            BpfLinkType.SockMap => new SockMapLinkInfo(info),
            BpfLinkType.Cgroup => new CgroupLinkInfo(info),
            BpfLinkType.StructOps => new StructOpsLinkInfo(info),
            BpfLinkType.Tracing => new TracingLinkInfo(info),
            BpfLinkType.Iter => new IteratorLinkInfo(info, ReadName(link, ref info, static (ref again, name) => { again.IteratorTargetName = name; again.IteratorTargetNameLength = NameRoom; })),
            BpfLinkType.RawTracepoint => new RawTracepointLinkInfo(info, ReadName(link, ref info, static (ref again, name) => { again.RawTracepointName = name; again.RawTracepointNameLength = NameRoom; })),
            BpfLinkType.PerfEvent => ReadPerfEvent(link, info),
            BpfLinkType.KprobeMulti => ReadKprobes(link, info),
            BpfLinkType.UprobeMulti => ReadUprobes(link, info),
            BpfLinkType.TracingMulti => new TracingMultiLinkInfo(info),
            _ => new OtherLinkInfo(info),
        };
    }

    /// <summary>Asks again, with room for the name that this kind of link has.</summary>
    /// <returns>The name; <see langword="null"/> where there is none, or the kernel does not tell it.</returns>
    private static string? ReadName(BpfHandle link, ref LinkInfoData info, Prepare prepare)
    {
        byte[] room = new byte[NameRoom];
        fixed (byte* name = room)
        {
            LinkInfoData again = default;
            prepare(ref again, name);
            if (KernelObjects.TryGetInfo(link, ref again) != BpfErrno.None)
            {
                return null; // What was told without stays.
            }

            info = again;
        }

        return KernelText.Read(room) is { Length: > 0 } text ? text : null;
    }

    private static PerfEventLinkInfo ReadPerfEvent(BpfHandle link, LinkInfoData info)
    {
        // Of all that have a name, it is at the same place.
        string? name = info.PerfEventKind is PerfEventLinkInfo.Counter or 0
            ? null
            : ReadName(link, ref info, static (ref again, room) => { again.TracepointName = room; again.TracepointNameLength = NameRoom; });
        return info.PerfEventKind switch
        {
            PerfEventLinkInfo.Kprobe or PerfEventLinkInfo.KretProbe => new KprobeLinkInfo(info, name),
            PerfEventLinkInfo.Uprobe or PerfEventLinkInfo.UretProbe => new UprobeLinkInfo(info, name),
            PerfEventLinkInfo.Tracepoint => new TracepointLinkInfo(info, name),
            PerfEventLinkInfo.Counter => new PerfEventLinkInfo(info, info.EventCookie),
            _ => new PerfEventLinkInfo(info, 0),
        };
    }

    private static KprobeMultiLinkInfo ReadKprobes(BpfHandle link, in LinkInfoData info)
    {
        uint count = info.KprobeMultiCount <= MostPlaces ? info.KprobeMultiCount : 0;
        ulong[] addresses = new ulong[count];
        ulong[] cookies = new ulong[count];
        fixed (ulong* toAddresses = addresses, toCookies = cookies)
        {
            var again = new LinkInfoData { KprobeMultiAddresses = toAddresses, KprobeMultiCount = count, KprobeMultiCookies = toCookies };
            if (count == 0 || KernelObjects.TryGetInfo(link, ref again) != BpfErrno.None)
            {
                // Before Linux 6.9 there are no cookies to ask for.
                cookies = [];
                again = new LinkInfoData { KprobeMultiAddresses = toAddresses, KprobeMultiCount = count };
                addresses = count != 0 && KernelObjects.TryGetInfo(link, ref again) == BpfErrno.None ? addresses : [];
            }
        }

        return new KprobeMultiLinkInfo(info, addresses, cookies);
    }

    private static UprobeMultiLinkInfo ReadUprobes(BpfHandle link, LinkInfoData info)
    {
        uint count = info.UprobeMultiCount <= MostPlaces ? info.UprobeMultiCount : 0;
        ulong[] offsets = new ulong[count];
        ulong[] semaphores = new ulong[count];
        ulong[] cookies = new ulong[count];
        string? path;
        fixed (ulong* toOffsets = offsets, toSemaphores = semaphores, toCookies = cookies)
        {
            // A lambda cannot take the pinned variables themselves.
            ulong* o = toOffsets, s = toSemaphores, c = toCookies;
            path = ReadName(link, ref info, (ref again, room) =>
            {
                again.UprobeMultiPath = room;
                again.UprobeMultiPathSize = NameRoom;
                again.UprobeMultiOffsets = o;
                again.UprobeMultiReferenceCounters = s;
                again.UprobeMultiCookies = c;
                again.UprobeMultiCount = count;
            });
        }

        return new UprobeMultiLinkInfo(info, path, path is null ? [] : offsets, path is null ? [] : semaphores, path is null ? [] : cookies);
    }
}

using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What the kernel's maps of sockets can do, found by trying it on a map of the probe's own.</summary>
internal static unsafe class SockMapProbes
{
    /// <summary><c>SK_PASS</c>.</summary>
    private const uint Pass = 1;

    /// <summary>Whether programs are attached to maps of sockets through links (Linux 6.10).</summary>
    public static readonly FeatureProbe Links = new(TryLink);

    private static FeatureAnswer TryLink()
    {
        using BpfHandle? map = CreateMap();
        using BpfHandle? program = SmallestProgram.Load(BpfProgramType.SkMsg, Pass);
        if (map is null || program is null)
        {
            return FeatureAnswer.Inconclusive; // No right, or no memory: says nothing about links.
        }

        BpfErrno error = CreateLink(map, program, BpfAttachType.SkMsgVerdict, out BpfHandle? link);
        link?.Dispose();
        return error switch
        {
            BpfErrno.None => FeatureAnswer.Yes,
            BpfErrno.EINVAL => FeatureAnswer.No,
            _ => FeatureAnswer.Inconclusive,
        };
    }

    /// <summary><c>BPF_LINK_CREATE</c> for a map of sockets.</summary>
    public static BpfErrno CreateLink(BpfHandle map, BpfHandle program, BpfAttachType type, out BpfHandle? link)
    {
        using BpfHandle.Lease mapFd = map.Acquire();
        using BpfHandle.Lease programFd = program.Acquire();
        var attribute = new LinkCreateAttribute { ProgFd = programFd.Fd, TargetFd = mapFd.Fd, AttachType = type };
        return BpfSyscall.InvokeForHandle(BpfCommand.LinkCreate, &attribute, out link);
    }

    private static BpfHandle? CreateMap()
    {
        var attribute = new MapCreateAttribute { MapType = BpfMapType.SockMap, KeySize = sizeof(int), ValueSize = sizeof(int), MaxEntries = 1 };
        _ = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &attribute, out BpfHandle? map);
        return map;
    }
}

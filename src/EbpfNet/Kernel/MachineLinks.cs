using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>The links of this machine at one moment: hooks tell which programs they have, and only the links tell which of them a link holds.</summary>
/// <remarks>To be read after the hook was asked, else a program that comes meanwhile seems to have no link.</remarks>
internal sealed unsafe class MachineLinks
{
    /// <summary>Whether the kernel lists links (Linux 5.8; CAP_SYS_ADMIN).</summary>
    public static readonly FeatureProbe Listing = new(TryList);

    private readonly List<LinkInfoData>? _links;

    private MachineLinks(List<LinkInfoData>? links) => _links = links;

    /// <summary>Lists them: none on kernels that list none.</summary>
    public static MachineLinks Read() => Listing.Answer switch
    {
        FeatureAnswer.Yes => new MachineLinks(ReadAll()),
        FeatureAnswer.No => new MachineLinks([]),
        _ => new MachineLinks(null),
    };

    /// <summary>The link that holds a program on a hook.</summary>
    /// <param name="programId">The program.</param>
    /// <param name="type">The kind of link.</param>
    /// <param name="isThere">Whether a link of that kind is on the hook.</param>
    /// <returns>The link's id; 0 where there is none; <see langword="null"/> where this process may not list them.</returns>
    public uint? Find(uint programId, BpfLinkType type, Predicate<LinkInfoData> isThere) =>
        _links is null ? null : _links.Find(link => link.Type == type && link.ProgId == programId && isThere(link)).Id;

    /// <summary>The link that holds an XDP program; the kernel tells of no interface in which network namespace it is.</summary>
    public uint? FindXdp(uint programId, int interfaceIndex) => Find(programId, BpfLinkType.Xdp, link => link.Ifindex == (uint)interfaceIndex);

    /// <returns><see langword="null"/> where this process may not.</returns>
    private static List<LinkInfoData>? ReadAll()
    {
        var found = new List<LinkInfoData>();
        uint id = 0;
        BpfErrno error;
        while ((error = KernelObjects.TryGetNextId(BpfCommand.LinkGetNextId, ref id)) == BpfErrno.None)
        {
            error = KernelObjects.TryOpenById(BpfCommand.LinkGetFdById, id, out BpfHandle? link);
            using (link)
            {
                LinkInfoData info = default;
                if (link is not null && KernelObjects.TryGetInfo(link, ref info) == BpfErrno.None)
                {
                    found.Add(info);
                }
                else if (error == BpfErrno.EPERM)
                {
                    return null;
                }
                else if (link is null && error is not (BpfErrno.ENOENT or BpfErrno.EAGAIN))
                {
                    throw SyscallErrors.Create(error, BpfCommand.LinkGetFdById, $"open one of the links of this machine, with id {id}");
                }
            }
        }

        return error switch
        {
            BpfErrno.ENOENT => found,
            BpfErrno.EPERM => null,
            _ => throw SyscallErrors.Create(error, BpfCommand.LinkGetNextId, "list the links of this machine"),
        };
    }

    private static FeatureAnswer TryList()
    {
        uint id = 0;
        return KernelObjects.TryGetNextId(BpfCommand.LinkGetNextId, ref id) switch
        {
            BpfErrno.None or BpfErrno.ENOENT => FeatureAnswer.Yes,
            BpfErrno.EINVAL => FeatureAnswer.No,
            _ => FeatureAnswer.Inconclusive,
        };
    }
}

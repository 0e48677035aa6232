using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Finds a free priority that puts a filter where it is wanted among those that an interface has.</summary>
internal static class FilterPriorities
{
    /// <summary>The kernel's own choice for a first filter: there is room before and behind.</summary>
    public const ushort Default = 0xc000;

    private const int End = ushort.MaxValue + 1;

    /// <param name="present">The filters there are.</param>
    /// <param name="position">Where.</param>
    /// <param name="priority">The priority.</param>
    /// <returns><see cref="BpfErrno.ENOENT"/> where what it is to be beside is not there, <see cref="BpfErrno.ENOSPC"/> where there is no number left between.</returns>
    public static BpfErrno Choose(IReadOnlyList<TrafficFilter> present, BpfAttachPosition position, out ushort priority)
    {
        priority = Default;
        ushort beside;
        if (!position.IsEnd)
        {
            if (Find(present, position) is not { } found)
            {
                return BpfErrno.ENOENT;
            }

            beside = found;
        }
        else if (present.Count == 0)
        {
            return BpfErrno.None;
        }
        else
        {
            beside = position.IsBefore ? present.Min(filter => filter.Place.Priority) : present.Max(filter => filter.Place.Priority);
        }

        int chosen = position.IsBefore ? beside - 1 : beside + 1;
        priority = (ushort)chosen;
        return chosen is 0 or End || present.Any(filter => filter.Place.Priority == chosen) ? BpfErrno.ENOSPC : BpfErrno.None;
    }

    private static ushort? Find(IReadOnlyList<TrafficFilter> present, BpfAttachPosition position) => position switch
    {
        { Link: TcLink { Mechanism: TcMechanism.Filter } link } => present.FirstOrDefault(filter => filter.Place == link.FilterPlace)?.Place.Priority,
        { Link: not null } or { IsLinkId: true } => null, // Another hook's, or a kernel's that has links: no filter.
        _ => present.FirstOrDefault(filter => filter.ProgramId == position.RelativeId && filter.ProgramId != 0)?.Place.Priority,
    };
}

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A filter on an interface, made by netlink: the interface holds it until it is told otherwise.</summary>
/// <param name="socket">A socket of the interface's network namespace; it stays open, since the thread that detaches may be in another one.</param>
/// <param name="qdisc">What the filter hangs on.</param>
/// <param name="place">Where it is.</param>
/// <param name="isAction">Whether the program is the filter's action.</param>
/// <param name="programId">The program's id.</param>
internal sealed class TcFilterAttachment(NetlinkSocket socket, ClsactQdisc qdisc, FilterPlace place, bool isAction, uint programId) : HookAttachment
{
    private uint _programId = programId;
    private bool _isGone;

    public FilterPlace Place => place;

    public override string UpdateCall => "RTM_NEWTFILTER";

    public override string DetachCall => "RTM_DELTFILTER";

    public override bool IsInPlace() => TrafficFilter.Find(socket, place, out TrafficFilter? filter).Error == BpfErrno.None && IsOurs(filter);

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        // Look first, then act: netlink has nothing better.
        NetlinkVerdict found = TrafficFilter.Find(socket, place, out TrafficFilter? filter);
        if (filter is null)
        {
            return found;
        }

        if (!IsOurs(filter) || (expected is not null && expected.Id != _programId))
        {
            return new NetlinkVerdict(BpfErrno.EPERM, null);
        }

        NetlinkVerdict verdict = Set(socket, place, program, isAction, replace: true, out _);
        _programId = verdict.Error == BpfErrno.None ? program.Id : _programId;
        return verdict;
    }

    public override NetlinkVerdict Detach()
    {
        NetlinkVerdict verdict = Remove(socket, place, _programId);
        if (verdict.Error is BpfErrno.None or BpfErrno.ENOENT or BpfErrno.ENODEV)
        {
            _isGone = true;
            qdisc.Release(socket);
        }

        return verdict;
    }

    public override void Dispose()
    {
        try
        {
            if (!_isGone)
            {
                qdisc.Release(socket);
            }
        }
        finally
        {
            socket.Dispose();
        }
    }

    /// <summary>Puts a filter in a place, or in the place of the one there.</summary>
    /// <param name="socket">A socket of the interface's network namespace.</param>
    /// <param name="place">Where.</param>
    /// <param name="program">What.</param>
    /// <param name="isAction">Whether the program is to be the filter's action.</param>
    /// <param name="replace">Whether there is one.</param>
    /// <param name="made">The filter as the kernel made it.</param>
    public static NetlinkVerdict Set(NetlinkSocket socket, in FilterPlace place, BpfProgram program, bool isAction, bool replace, out TrafficFilter? made)
    {
        TrafficFilter? echoed = null;
        Span<byte> buffer = stackalloc byte[TrafficControlRequests.BufferSize];
        using BpfHandle.Lease fd = program.Handle.Acquire();
        NetlinkMessage request = isAction
            ? TrafficControlRequests.SetAction(buffer, place, fd.Fd, program.Name, replace)
            : TrafficControlRequests.SetFilter(buffer, place, fd.Fd, program.Name, replace);
        NetlinkVerdict verdict = socket.Request(request, (type, content) => echoed = type == NetlinkType.NewFilter ? TrafficFilter.Read(content) : echoed);
        made = echoed;
        return verdict;
    }

    /// <summary>Removes a filter if it has the program, and leaves another's alone.</summary>
    /// <returns><see cref="BpfErrno.ENOENT"/> where there is none, <see cref="BpfErrno.EEXIST"/> where it is another's.</returns>
    public static NetlinkVerdict Remove(NetlinkSocket socket, in FilterPlace place, uint programId)
    {
        NetlinkVerdict found = TrafficFilter.Find(socket, place, out TrafficFilter? filter);
        if (filter is null)
        {
            return found;
        }

        return filter.ProgramId == programId || filter.ProgramId == 0
            ? socket.Request(TrafficControlRequests.RemoveFilter(stackalloc byte[TrafficControlRequests.BufferSize], place))
            : new NetlinkVerdict(BpfErrno.EEXIST, null);
    }

    private bool IsOurs(TrafficFilter? filter) => filter is { IsBpf: true } && (filter.ProgramId == _programId || filter.ProgramId == 0);
}

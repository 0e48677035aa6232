using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A route that runs a program, made by netlink: the routing table holds it until it is told otherwise.</summary>
/// <param name="socket">A socket of the interface's network namespace; it stays open, since the thread that detaches may be in another one.</param>
/// <param name="route">The route.</param>
/// <param name="program">A descriptor of its own: to remove the right route takes one that is open.</param>
/// <param name="name">What the program is called there.</param>
internal sealed class LwtAttachment(NetlinkSocket socket, ProgramRoute route, BpfHandle program, string name) : HookAttachment
{
    private BpfHandle _program = program;
    private string _name = name;

    public ProgramRoute Route => route;

    public override string UpdateCall => "RTM_NEWROUTE";

    public override string DetachCall => "RTM_DELROUTE";

    public override bool IsInPlace() => ProgramRoute.List(socket, route.Family).Any(found => found.Name == _name && route.IsSamePlace(found.Route));

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        string name = LwtLinkExtensions.NameOf(program);
        if (!IsInPlace() || (expected is not null && LwtLinkExtensions.NameOf(expected) != _name))
        {
            return new NetlinkVerdict(BpfErrno.EPERM, null);
        }

        BpfHandle own = program.Handle.Duplicate(program.ToString());
        NetlinkVerdict verdict = KeepIfDone(own, () => Set(socket, route, own, name, replace: true));
        if (verdict.Error == BpfErrno.None)
        {
            _program.Dispose();
            (_program, _name) = (own, name);
        }

        return verdict;
    }

    /// <summary>Looks first, then acts: IPv6 does not compare programs.</summary>
    public override NetlinkVerdict Detach()
    {
        if (!IsInPlace())
        {
            return new NetlinkVerdict(BpfErrno.ESRCH, null);
        }

        using BpfHandle.Lease fd = _program.Acquire();
        return socket.Request(RouteRequests.Remove(stackalloc byte[RouteRequests.BufferSize], route, fd.Fd, _name));
    }

    public override void Dispose()
    {
        _program.Dispose();
        socket.Dispose();
    }

    /// <summary>Makes the route, and closes the descriptor where that fails.</summary>
    public static NetlinkVerdict Make(NetlinkSocket socket, ProgramRoute route, BpfHandle own, string name) => KeepIfDone(own, () => Set(socket, route, own, name, replace: false));

    private static NetlinkVerdict Set(NetlinkSocket socket, ProgramRoute route, BpfHandle program, string name, bool replace)
    {
        using BpfHandle.Lease fd = program.Acquire();
        return socket.Request(RouteRequests.Set(stackalloc byte[RouteRequests.BufferSize], route, fd.Fd, name, replace));
    }
}

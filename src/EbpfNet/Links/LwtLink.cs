using System.Net;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to a route that was made for it: it sees the packets that take the route (lightweight tunnel).</summary>
/// <remarks>
/// The route is made by netlink, and no file descriptor holds it: <see cref="BpfLink.Dispose"/> and the process's end remove it, also by SIGTERM, SIGINT, SIGHUP or SIGQUIT unless a
/// handler registered later cancels that; but it outlives a process that is killed (SIGKILL). An interface that disappears takes it with it. Members may be called from several
/// threads.
/// </remarks>
public sealed class LwtLink : BpfLink
{
    private readonly Lock _lock = new();
    private readonly NetlinkSocket _socket;
    private readonly ProgramRoute _route;
    private BpfHandle _own;
    private string _name;

    /// <param name="program">The program.</param>
    /// <param name="socket">A socket of the interface's network namespace; it stays open, since the thread that detaches may be in another one.</param>
    /// <param name="device">The interface.</param>
    /// <param name="route">The route.</param>
    /// <param name="own">A descriptor of the program of its own: to remove the right route takes one that is open.</param>
    /// <param name="name">What the program is called there.</param>
    internal LwtLink(BpfProgram program, NetlinkSocket socket, NetworkDevice device, ProgramRoute route, BpfHandle own, string name)
        : base(program, handle: null)
    {
        (_socket, _route, _own, _name) = (socket, route, own, name);
        InterfaceName = device.Name;
        TerminationSignals.Watch();
        Join();
    }

    /// <summary>Where the packets go.</summary>
    public IPNetwork Destination => _route.Destination;

    /// <summary>The interface's name, as it was when the program was attached.</summary>
    public string InterfaceName { get; }

    /// <summary>The interface's index in its network namespace.</summary>
    public int InterfaceIndex => _route.InterfaceIndex;

    /// <summary>Puts another program in the place of the attached one, with its route, at once (<c>RTM_NEWROUTE</c> with <c>NLM_F_REPLACE</c>).</summary>
    /// <param name="program">The new program, of the type of the old one.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes; <see langword="null"/> for whichever this link has.</param>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">Another program is attached than was expected, or the route is gone.</exception>
    public override void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (program.Type != _route.Type)
        {
            throw new ArgumentException($"{this} takes programs of type {_route.Type.CName()}; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        lock (_lock)
        {
            ThrowIfDisposed();
            string name = LwtLinkExtensions.NameOf(program);
            BpfHandle own = program.Handle.Duplicate(program.ToString());
            NetlinkVerdict verdict = !IsPresent() || (expected is not null && LwtLinkExtensions.NameOf(expected) != _name)
                ? new NetlinkVerdict(BpfErrno.EPERM, null)
                : LwtLinkExtensions.Set(_socket, _route, own, name, replace: true);
            if (verdict.Error != BpfErrno.None)
            {
                own.Dispose();
                throw LwtErrors.Update(this, program, expected, verdict);
            }

            _own.Dispose();
            (_own, _name) = (own, name);
            Program = program;
        }
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the route to {Destination} by interface '{InterfaceName}'";

    internal override void EndWithProcess() => Dispose();

    private protected override bool IsOnHook()
    {
        lock (_lock)
        {
            return IsPresent();
        }
    }

    private protected override void DetachNow()
    {
        lock (_lock)
        {
            NetlinkVerdict verdict = Remove();
            if (verdict.Error is not (BpfErrno.None or BpfErrno.ESRCH or BpfErrno.ENODEV))
            {
                throw SyscallErrors.Create(verdict.Error, "RTM_DELROUTE", $"detach {ProgramText} from {this}", null, verdict.Message);
            }
        }
    }

    private protected override void Release()
    {
        lock (_lock)
        {
            // No such route, or no such interface any more: nothing of ours is left.
            if (Remove() is { Error: not (BpfErrno.None or BpfErrno.ESRCH or BpfErrno.ENODEV) } verdict)
            {
                EbpfNetEventSource.Log.DetachFailed(ToString(), $"{verdict.Error} {verdict.Message}");
            }

            _own.Dispose();
            _socket.Dispose();
        }
    }

    private bool IsPresent() => ProgramRoute.List(_socket, _route.Family).Any(found => found.Name == _name && _route.IsSamePlace(found.Route));

    private NetlinkVerdict Remove()
    {
        if (!IsPresent())
        {
            return new NetlinkVerdict(BpfErrno.ESRCH, null); // IPv6 does not compare programs: look first.
        }

        using BpfHandle.Lease fd = _own.Acquire();
        return _socket.Request(RouteRequests.Remove(stackalloc byte[RouteRequests.BufferSize], _route, fd.Fd, _name));
    }
}

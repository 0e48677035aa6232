using System.Net;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to a route that was made for it: it sees the packets that take the route (lightweight tunnel).</summary>
/// <remarks>
/// The route is made by netlink, and no file descriptor holds it: <see cref="BpfLink.Dispose"/> and the process's end remove it, also by an exception that nobody catches, and by SIGTERM,
/// SIGINT, SIGHUP or SIGQUIT unless a handler that was registered after the library was first used cancels that; but it outlives a process that is killed (SIGKILL), that fails fast, or that crashes
/// in native code. An interface that disappears takes it with it. One that is taken down loses its routes, too, and does not get them back. The link keeps the interface's network namespace, with all that is in it, until it is disposed. Members may be called from
/// several threads.
/// </remarks>
public sealed class LwtLink : BpfLink
{
    private readonly ProgramRoute _route;

    internal LwtLink(BpfProgram program, NetworkDevice device, LwtAttachment attachment)
        : base(program, handle: null, attachment)
    {
        _route = attachment.Route;
        InterfaceName = device.Name;
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

        base.Update(program, expected);
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the route to {Destination} by interface '{InterfaceName}'";

    private protected override BpfException UpdateError(BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => LwtErrors.Update(this, program, expected, verdict);

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => verdict.Error is BpfErrno.ESRCH or BpfErrno.ENODEV ? null : base.DetachError(verdict);
}

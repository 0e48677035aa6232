using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program on an interface that no link holds: it outlives the process that attached it, until somebody detaches it or the interface goes.</summary>
public sealed class NetworkAttachment
{
    private readonly Func<NetlinkSocket, NetlinkVerdict> _detach;
    private readonly string _namespaceId;
    private readonly string _call;

    /// <param name="device">The interface.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="place">Where on the interface.</param>
    /// <param name="programId">The program.</param>
    /// <param name="call">The kernel's name of the request that detaches it.</param>
    /// <param name="detach">Makes that request.</param>
    internal NetworkAttachment(NetworkDevice device, NetworkAttachmentKind kind, string place, uint programId, string call, Func<NetlinkSocket, NetlinkVerdict> detach)
    {
        (InterfaceName, InterfaceIndex, Kind, Place, ProgramId) = (device.Name, device.Index, kind, place, programId);
        ProgramName = ProgramNames.Find(programId);
        (_call, _detach, _namespaceId) = (call, detach, NetworkNamespace.CurrentId);
    }

    /// <summary>The kind.</summary>
    public NetworkAttachmentKind Kind { get; }

    /// <summary>The interface.</summary>
    public string InterfaceName { get; }

    /// <summary>The interface's index in its network namespace.</summary>
    public int InterfaceIndex { get; }

    /// <summary>Where on the interface: XDP's mode, the direction with a filter's priority and handle and the block that it is in, or a route's destination.</summary>
    public string Place { get; }

    /// <summary>The program's <see cref="BpfProgram.Id"/>; 0 where the kernel does not tell.</summary>
    public uint ProgramId { get; }

    /// <summary>The program's <see cref="BpfProgram.Name"/>; <see langword="null"/> where it may not be looked at.</summary>
    public string? ProgramName { get; }

    /// <summary>A filter's priority (<c>pref</c>); 0 for others.</summary>
    public ushort Priority { get; init; }

    /// <summary>A filter's handle among those of its priority; 0 for others.</summary>
    public uint FilterHandle { get; init; }

    /// <summary>
    /// The block that a filter is in (<c>ingress_block</c>, <c>egress_block</c>), whose filters all interfaces have that share it; <see langword="null"/> for others. To detach such a
    /// filter from one interface is to detach it from all of them.
    /// </summary>
    public uint? Block { get; init; }

    /// <summary>Whether a link may hold it after all: of an XDP program, where this process may not list links (CAP_SYS_ADMIN). <see cref="Detach()"/> then fails with EBUSY if one does.</summary>
    public bool MayHaveLink { get; init; }

    /// <summary>
    /// Detaches the program, unless another is in its place by now. The queueing discipline <c>clsact</c> of a filter stays: see <see cref="Detach(bool)"/>; a route is deleted with its program,
    /// and a filter of a <see cref="Block"/> is then gone from all interfaces that share it.
    /// </summary>
    /// <exception cref="BpfSyscallException">It is gone already, another program is in its place, or CAP_NET_ADMIN is missing.</exception>
    /// <exception cref="InvalidOperationException">The calling thread is in another network namespace than the one that found it.</exception>
    public void Detach() => Detach(removeQueueingDiscipline: false);

    /// <summary>Detaches the program, unless another is in its place by now.</summary>
    /// <param name="removeQueueingDiscipline">
    /// Whether the queueing discipline <c>clsact</c> of a filter goes, too, when no filter is left on it and no other interface shares its filters. Nobody can tell who made it: where it was not
    /// made for the filter, whoever did may miss it, and an empty one does no harm. Later <see cref="NetworkAttachments.RemoveEmptyClsact"/> does that.
    /// </param>
    /// <exception cref="BpfSyscallException">It is gone already, another program is in its place, or CAP_NET_ADMIN is missing.</exception>
    /// <exception cref="InvalidOperationException">The calling thread is in another network namespace than the one that found it.</exception>
    public void Detach(bool removeQueueingDiscipline)
    {
        if (NetworkNamespace.CurrentId != _namespaceId)
        {
            throw new InvalidOperationException($"{this} is in another network namespace than this thread.");
        }

        using NetlinkSocket socket = NetlinkSocket.Open();
        NetlinkVerdict verdict = _detach(socket);
        if (verdict.Error != BpfErrno.None)
        {
            throw SyscallErrors.Create(
                verdict.Error,
                _call,
                $"detach {this}",
                verdict.Error switch
                {
                    BpfErrno.EEXIST => "Another program is in its place by now, which was left alone",
                    BpfErrno.ENOENT or BpfErrno.ENODEV => "It is gone already",
                    BpfErrno.EBUSY => "A link holds it by now: end the process that owns the link, or detach the link",
                    _ => null,
                },
                verdict.Message);
        }

        if (removeQueueingDiscipline && Kind == NetworkAttachmentKind.TcFilter)
        {
            _ = ClsactQdisc.RemoveIfEmpty(socket, InterfaceIndex);
        }
    }

    /// <summary>The attachment as messages call it.</summary>
    public override string ToString() =>
        $"{(ProgramName is null ? "the program" : $"program '{ProgramName}'")}{(ProgramId == 0 ? "" : $" (id {ProgramId})")} on interface '{InterfaceName}', {Kind.Text()} {Place}";
}

/// <summary>The words for kinds of attachment.</summary>
internal static class NetworkAttachmentKindText
{
    public static string Text(this NetworkAttachmentKind kind) => kind switch
    {
        NetworkAttachmentKind.Xdp => "XDP",
        NetworkAttachmentKind.TcFilter => "tc filter",
        NetworkAttachmentKind.Tcx => "tcx",
        NetworkAttachmentKind.Netkit => "netkit",
        _ => "route",
    };
}

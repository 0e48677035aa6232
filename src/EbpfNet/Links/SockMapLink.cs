using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to a map of sockets: it sees the data of the sockets that are put into the map while it is attached.</summary>
/// <remarks>
/// <para>
/// A socket gets the programs that the map has when it is put in, and keeps them while it is in the map, whatever happens to the link: to stop a program for good, take the
/// sockets out, too.
/// </para>
/// <para>
/// Where the kernel has links for such maps (Linux 6.10), the attachment is held by a file descriptor. On older kernels the map holds it: <see cref="BpfLink.Dispose"/> and
/// the process's orderly end undo it, and when the process is killed it ends with the map, unless that is pinned or open elsewhere. <see cref="BpfLink.IsKernelLink"/> tells which.
/// Members may be called from several threads.
/// </para>
/// </remarks>
public sealed class SockMapLink : BpfLink
{
    /// <param name="program">The program that is attached.</param>
    /// <param name="map">The map.</param>
    /// <param name="attachType">What the program does there.</param>
    /// <param name="link">The kernel's link, or <see langword="null"/>.</param>
    /// <param name="attachment">What there is without one.</param>
    internal SockMapLink(BpfProgram program, BpfMap map, BpfAttachType attachType, BpfHandle? link, SockMapAttachment? attachment)
        : base(program, link, attachment)
    {
        MapId = map.Id;
        MapText = map.ToString();
        AttachType = attachType;
        Join();
    }

    private SockMapLink(BpfHandle link, uint mapId, BpfAttachType attachType)
        : base(program: null, link)
    {
        MapId = mapId;
        MapText = $"the map with id {mapId}";
        AttachType = attachType;
        Join();
    }

    /// <summary>The <see cref="BpfMap.Id"/> of the map; 0 for an opened link that was detached before.</summary>
    public uint MapId { get; }

    /// <summary>What the program does there: finds the messages in a stream, or decides about received or sent data.</summary>
    public BpfAttachType AttachType { get; }

    private string MapText { get; }

    /// <summary>Opens the link to a map of sockets that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 6.10), to update or detach it.</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link to a map of sockets.</exception>
    public static new SockMapLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.SockMap, Wrap);

    /// <summary>Opens a link to a map of sockets by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 6.10, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no link to a map of sockets.</exception>
    public static new SockMapLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.SockMap, Wrap);

    /// <summary>
    /// Puts another program in the place of the attached one (<c>BPF_LINK_UPDATE</c>, Linux 6.10; else <c>BPF_PROG_ATTACH</c>), for sockets that are put in from now on: those that
    /// are in the map keep the one that they have. Without a link, and before Linux 5.18, it is taken for granted that the one of this link is there.
    /// </summary>
    /// <param name="program">The new program, of the type of the old one.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes; <see langword="null"/> for whichever this link has.</param>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">Another program is attached than was expected, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link or the program was disposed.</exception>
    public override void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        _ = SockMapLinkExtensions.RequireType(program, AttachType, nameof(program));
        base.Update(program, expected);
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the link to {MapText}";

    private protected override BpfException UpdateError(BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => SockMapErrors.Update(this, program, expected, verdict.Error);

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => SockMapErrors.Detach(this, verdict.Error);

    private static SockMapLink Wrap(BpfHandle handle, in LinkInfoData info) => new(handle, info.SockMapId, info.SockMapAttachType);
}

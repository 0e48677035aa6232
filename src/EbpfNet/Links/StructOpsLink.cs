using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A kernel struct of functions (struct_ops) that the kernel uses: for a TCP congestion control, its name may be given to sockets (<c>TCP_CONGESTION</c>).</summary>
/// <remarks>
/// <para>
/// A struct of section <c>.struct_ops.link</c> is held by a file descriptor (Linux 6.4): it ends with the process, also when that is killed, unless the link is pinned. One of
/// section <c>.struct_ops</c> is registered for the whole machine: <see cref="BpfLink.Dispose"/> and the process's orderly end take it out, but it outlives a process that
/// is killed (SIGKILL). <see cref="BpfLink.IsKernelLink"/> tells which. Where the kernel uses it at the moment, as in open connections, it stays until that is over.
/// </para>
/// <para>Several programs are behind one such link; <see cref="BpfLink.Program"/> cannot be asked for. Members may be called from several threads.</para>
/// </remarks>
public sealed class StructOpsLink : BpfLink
{
    private BpfStructOpsMap? _structOps;

    /// <param name="structOps">What is attached.</param>
    /// <param name="link">The kernel's link, or <see langword="null"/> when the map itself is registered.</param>
    /// <param name="registration">What there is without one.</param>
    internal StructOpsLink(BpfStructOpsMap structOps, BpfHandle? link, StructOpsRegistration? registration)
        : base(program: null, link, registration)
    {
        _structOps = structOps;
        MapId = structOps.Map.Id;
        Join();
    }

    private StructOpsLink(BpfHandle link, uint mapId)
        : base(program: null, link)
    {
        MapId = mapId;
        Join();
    }

    /// <summary>The <see cref="BpfMap.Id"/> of the map that is attached, or of the one that an opened link had when it was opened.</summary>
    public uint MapId { get; private set; }

    /// <summary>What is attached; <see langword="null"/> for a link that was opened by pin or id, and not updated since.</summary>
    public BpfStructOpsMap? StructOps => Volatile.Read(ref _structOps);

    /// <summary>Opens the link of a struct of functions that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 6.4), to update or end it.</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link of a struct of functions.</exception>
    public static new StructOpsLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.StructOps, Wrap);

    /// <summary>Opens a link of a struct of functions by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 6.4, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the struct stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no link of a struct of functions.</exception>
    public static new StructOpsLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.StructOps, Wrap);

    /// <summary>
    /// Puts another map of the same kernel struct in the place of the attached one (<c>BPF_LINK_UPDATE</c>, Linux 6.4). For TCP congestion controls both have to be of one name;
    /// connections that are open keep the old one.
    /// </summary>
    /// <param name="structOps">The new one, of section <c>.struct_ops.link</c>.</param>
    /// <param name="expected">The one that has to be attached now, else nothing changes (<c>BPF_F_REPLACE</c>); <see langword="null"/> for whichever is.</param>
    /// <exception cref="InvalidOperationException">The attachment is none that a file descriptor holds: <see cref="BpfLink.IsKernelLink"/>.</exception>
    /// <exception cref="ArgumentException">The new one is not for links.</exception>
    /// <exception cref="BpfSyscallException">Another one is attached than was expected, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link or the map was disposed.</exception>
    public void Update(BpfStructOpsMap structOps, BpfStructOpsMap? expected = null)
    {
        ArgumentNullException.ThrowIfNull(structOps);
        if (Handle is null)
        {
            throw new InvalidOperationException($"{this} is registered without a link, and cannot be replaced; put the struct into section '.struct_ops.link'.");
        }

        if (!structOps.IsForLinks)
        {
            throw new ArgumentException($"{structOps} is not for links; put it into section '.struct_ops.link'.", nameof(structOps));
        }

        lock (Gate)
        {
            ThrowIfDisposed();
            StructOpsErrors.Fill(structOps);
            BpfErrno error = KernelLinks.Update(Handle, structOps.Map.Handle, expected?.Map.Handle);
            if (error != BpfErrno.None)
            {
                throw StructOpsErrors.Update(this, structOps, expected, error);
            }

            MapId = structOps.Map.Id;
            Volatile.Write(ref _structOps, structOps);
        }
    }

    /// <summary>Several programs are behind such a link: it is updated to another map, by <see cref="Update(BpfStructOpsMap, BpfStructOpsMap?)"/>.</summary>
    /// <inheritdoc/>
    public override void Update(BpfProgram program, BpfProgram? expected = null) =>
        throw new BpfNotSupportedException($"replacing one program of {this}", "it stands for several: update it to another map of functions");

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => _structOps is { } structOps ? $"the link of {structOps}" : $"the link of the map with id {MapId}";

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => StructOpsErrors.Detach(this, verdict.Error);

    private static StructOpsLink Wrap(BpfHandle handle, in LinkInfoData info) => new(handle, info.StructOpsMapId);
}

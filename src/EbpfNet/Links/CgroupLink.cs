using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to a control group: it is asked about, or told of, what the processes in it and below it do.</summary>
/// <remarks>
/// Where the kernel has links for control groups (Linux 5.7), the attachment is held by a file descriptor, ends with the process, also when that is killed, unless the link is pinned. On
/// older kernels, and in another <see cref="Mode"/> than <see cref="CgroupAttachMode.Multi"/>, the control group holds it: <see cref="BpfLink.Dispose"/> and the process's orderly end
/// undo it, but it outlives a process that is killed (SIGKILL), until the group is removed; <see cref="CgroupHook"/> finds and detaches it. <see cref="BpfLink.IsKernelLink"/> tells which.
/// Members may be called from several threads.
/// </remarks>
public sealed class CgroupLink : BpfLink
{
    /// <param name="program">The program that is attached.</param>
    /// <param name="cgroup">The control group.</param>
    /// <param name="attachType">The hook.</param>
    /// <param name="link">The kernel's link, or <see langword="null"/>.</param>
    /// <param name="attachment">What there is without one.</param>
    internal CgroupLink(BpfProgram program, BpfCgroup cgroup, BpfAttachType attachType, BpfHandle? link, CgroupAttachment? attachment)
        : base(program, link, attachment)
    {
        CgroupPath = cgroup.Path;
        AttachType = attachType;
        Mode = attachment?.Mode ?? CgroupAttachMode.Multi;
        Join();
    }

    private CgroupLink(BpfHandle link, ulong cgroupId, BpfAttachType attachType)
        : base(program: null, link)
    {
        CgroupId = cgroupId;
        AttachType = attachType;
        Join();
    }

    /// <summary>The folder of the control group as it was given; <see langword="null"/> for an opened link.</summary>
    public string? CgroupPath { get; }

    /// <summary>The <see cref="BpfCgroup.Id"/> of the control group, for an opened link; 0 for one that was attached here, whose path is known, and for one that was detached before.</summary>
    public ulong CgroupId { get; }

    /// <summary>The hook.</summary>
    public BpfAttachType AttachType { get; }

    /// <summary>Whether other programs may be beside it.</summary>
    public CgroupAttachMode Mode { get; }

    /// <summary>Opens the link to a control group that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 5.8), to update or detach it.</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link to a control group.</exception>
    public static new CgroupLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.Cgroup, Wrap);

    /// <summary>Opens a link to a control group by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 5.8, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no link to a control group.</exception>
    public static new CgroupLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.Cgroup, Wrap);

    /// <summary>Puts another program in the place of the attached one, in its place in the order (<c>BPF_LINK_UPDATE</c>, Linux 5.7; without a link <c>BPF_F_REPLACE</c>, Linux 5.5).</summary>
    /// <param name="program">The new program, of the type of the old one and for the same hook.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes; <see langword="null"/> for whichever this link has.</param>
    /// <exception cref="BpfSyscallException">Another program is attached than was expected, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link or the program was disposed.</exception>
    public override void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        base.Update(program, expected);
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => CgroupPath is { } path ? $"the link to control group '{path}' ({AttachType.CName()})" : $"the link to the control group with id {CgroupId} ({AttachType.CName()})";

    private protected override BpfException UpdateError(BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => CgroupErrors.Update(this, program, expected, verdict);

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => CgroupErrors.Detach($"detach {ProgramText} from {this}", verdict.Error, DetachCall, verdict.Message);

    private static CgroupLink Wrap(BpfHandle handle, in LinkInfoData info) => new(handle, info.CgroupId, info.CgroupAttachType);
}

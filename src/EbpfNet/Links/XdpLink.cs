using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An XDP program attached to a network interface.</summary>
/// <remarks>
/// Where the kernel has XDP links (Linux 5.9), the attachment is held by a file descriptor: it ends with the process, also when that is killed. On older
/// kernels it is made by netlink: <see cref="BpfLink.Dispose"/> and the process's end undo it, also by SIGTERM, SIGINT, SIGHUP or SIGQUIT unless a handler
/// registered later cancels that; but it outlives a process that is killed (SIGKILL). <see cref="IsKernelLink"/> tells which. An interface that disappears
/// takes the attachment with it. Members may be called from several threads.
/// </remarks>
public sealed class XdpLink : BpfLink
{
    private readonly XdpAttachment _attachment;
    private readonly Lock _lock = new();

    internal XdpLink(BpfProgram program, NetworkDevice device, XdpAttachment attachment)
        : base(program)
    {
        InterfaceName = device.Name;
        InterfaceIndex = device.Index;
        _attachment = attachment;
        if (!IsKernelLink)
        {
            TerminationSignals.Watch();
        }
    }

    /// <summary>The interface's name, as it was when the program was attached.</summary>
    public string InterfaceName { get; }

    /// <summary>The interface's index in its network namespace.</summary>
    public int InterfaceIndex { get; }

    /// <summary>Where the program runs; never <see cref="XdpMode.Auto"/>.</summary>
    public XdpMode Mode => _attachment.Mode.ToMode();

    /// <summary>Whether a file descriptor holds the attachment (<c>bpf_link</c>), rather than netlink having made it.</summary>
    public bool IsKernelLink => _attachment.Handle is not null;

    private protected override BpfHandle? Handle => _attachment.Handle;

    /// <summary>Puts another program in the place of the attached one, at once: no packet sees both or neither (<c>BPF_LINK_UPDATE</c>, Linux 5.9; else netlink).</summary>
    /// <param name="program">The new program.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes (<c>BPF_F_REPLACE</c>); <see langword="null"/> for whichever this link has.</param>
    /// <exception cref="ArgumentException">It is no XDP program, or one that runs from a map.</exception>
    /// <exception cref="BpfSyscallException">Another program is attached than was expected, the interface is gone, or the driver refuses the program.</exception>
    public void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        XdpAttacher.RequireXdp(program);
        lock (_lock)
        {
            ThrowIfDisposed();
            NetlinkVerdict verdict = _attachment.Update(program, expected);
            if (verdict.Error != BpfErrno.None)
            {
                throw XdpErrors.Update(this, program, expected, verdict);
            }

            Program = program;
        }
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the XDP link to interface '{InterfaceName}'";

    internal override void EndWithProcess()
    {
        if (!IsKernelLink)
        {
            Dispose();
        }
    }

    private protected override void DetachNow()
    {
        lock (_lock)
        {
            NetlinkVerdict verdict = _attachment.Detach();
            if (verdict.Error is not (BpfErrno.None or BpfErrno.ENODEV))
            {
                throw XdpErrors.Detach(this, verdict);
            }
        }
    }

    private protected override void Release()
    {
        lock (_lock)
        {
            NetlinkVerdict verdict = _attachment.Release();
            // A foreign program in the place of ours, or no interface any more: nothing of ours is left.
            if (verdict.Error is not (BpfErrno.None or BpfErrno.ENODEV or BpfErrno.EEXIST))
            {
                EbpfNetEventSource.Log.DetachFailed(ToString(), $"{verdict.Error} {verdict.Message}");
            }
        }
    }
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches a program to an interface: by a link where the kernel has XDP links, else by netlink.</summary>
internal static unsafe class XdpAttacher
{
    /// <summary>Which of <paramref name="interfaceName"/> and <paramref name="interfaceIndex"/> is given decides how the interface is looked up.</summary>
    public static XdpLink Attach(BpfProgram program, string? interfaceName, int interfaceIndex, XdpAttachOptions options)
    {
        RequireXdp(program);
        using LiveLinks.Making _ = LiveLinks.Make();
        NetlinkSocket? socket = NetlinkSocket.Open();
        try
        {
            NetworkDevice device = NetworkDevice.Get(
                socket, interfaceName, interfaceIndex, $"attach {program} to interface {NetworkDeviceErrors.Describe(interfaceName, interfaceIndex)}");
            Outcome made = Attach(program, socket, device, options);
            if (made.Attachment is not null)
            {
                socket = null; // The attachment needs it to detach.
            }

            return new XdpLink(program, device, made.Mode, made.Link, made.Attachment);
        }
        finally
        {
            socket?.Dispose();
        }
    }

    public static void RequireXdp(BpfProgram program)
    {
        if (program.Type != BpfProgramType.Xdp)
        {
            throw new ArgumentException($"Only XDP programs can be attached to an interface's XDP hook; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        if (program.ExpectedAttachType is BpfAttachType.XdpDevMap or BpfAttachType.XdpCpuMap)
        {
            throw new ArgumentException($"{program} was loaded as {program.ExpectedAttachType.CName()}: it runs from an entry of a map, not on an interface.", nameof(program));
        }
    }

    public static XdpFlags ToFlags(this XdpMode mode) => mode switch
    {
        XdpMode.Auto => XdpFlags.None,
        XdpMode.Native => XdpFlags.Native,
        XdpMode.Generic => XdpFlags.Generic,
        XdpMode.Offload => XdpFlags.Offload,
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "There is no such XDP mode."),
    };

    public static XdpMode ToMode(this XdpFlags flags) => (flags & XdpFlags.Modes) switch
    {
        XdpFlags.Native => XdpMode.Native,
        XdpFlags.Generic => XdpMode.Generic,
        XdpFlags.Offload => XdpMode.Offload,
        _ => XdpMode.Auto,
    };

    private static Outcome Attach(BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpAttachOptions options)
    {
        XdpFlags mode = options.Mode.ToFlags();
        if (options.ReplacedProgram is { } replaced)
        {
            // Auto: wherever the program to be replaced is.
            mode = mode == XdpFlags.None ? device.Xdp.ModeOf(replaced.Id) : mode;
            Outcome replacement = AttachByNetlink(program, socket, device, mode, replaced);
            return replacement.IsAttached ? replacement : throw XdpErrors.Attach(program, socket, device, mode, "RTM_SETLINK", replacement.Verdict, replaced);
        }

        bool byNetlink = XdpProbes.Links.IsMissing;
        Outcome first = Attach(program, socket, device, mode, byNetlink);
        if (!first.IsAttached && mode == XdpFlags.None && IsDriversRefusal(first.Verdict.Error))
        {
            // The kernel chose native because the driver has XDP; this one cannot right now (its queues, its MTU). Any interface can be generic.
            Outcome second = Attach(program, socket, device, XdpFlags.Generic, byNetlink);
            first = second.IsAttached ? second : first;
        }

        return first.IsAttached ? first : throw XdpErrors.Attach(program, socket, device, mode, byNetlink ? "RTM_SETLINK" : BpfCommand.LinkCreate.ToCName(), first.Verdict, null);
    }

    private static Outcome Attach(BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpFlags mode, bool byNetlink) =>
        byNetlink ? AttachByNetlink(program, socket, device, mode, null) : AttachByLink(program, socket, device, mode);

    private static Outcome AttachByLink(BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpFlags mode)
    {
        using BpfHandle.Lease fd = program.Handle.Acquire();
        LinkCreateAttribute attribute = XdpRequests.CreateLink(fd.Fd, device.Index, mode);
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.LinkCreate, &attribute, out BpfHandle? link);
        try
        {
            return new Outcome(new NetlinkVerdict(error, null), link is null ? mode : FindMode(program, socket, device, mode), link, null);
        }
        catch
        {
            link?.Dispose();
            throw;
        }
    }

    private static Outcome AttachByNetlink(BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpFlags mode, BpfProgram? replaced)
    {
        BpfHandle own = program.Handle.Duplicate(program.ToString());
        bool isAttached = false;
        try
        {
            NetlinkVerdict verdict = replaced is null
                ? AttachFirst(own, socket, device, mode)
                : XdpNetlinkAttachment.Replace(socket, device.Index, mode, own, replaced.Handle, replaced.Id);
            isAttached = verdict.Error == BpfErrno.None;
            if (!isAttached)
            {
                own.Dispose();
                return new Outcome(verdict, mode, null, null);
            }

            XdpFlags became = FindMode(program, socket, device, mode);
            return new Outcome(verdict, became, null, new XdpNetlinkAttachment(socket, device.Index, became, own, program.Id));
        }
        catch
        {
            if (isAttached)
            {
                _ = XdpNetlinkAttachment.Replace(socket, device.Index, mode, null, own, program.Id); // Where it was not said, the mode is the one that the kernel chose.
            }

            own.Dispose();
            throw;
        }
    }

    private static NetlinkVerdict AttachFirst(BpfHandle program, NetlinkSocket socket, NetworkDevice device, XdpFlags mode)
    {
        using BpfHandle.Lease fd = program.Acquire();
        return socket.Request(XdpRequests.Attach(stackalloc byte[XdpRequests.BufferSize], device.Index, fd.Fd, mode));
    }

    /// <summary>The mode that the kernel chose, where it was left to choose.</summary>
    private static XdpFlags FindMode(BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpFlags asked)
    {
        if (asked != XdpFlags.None)
        {
            return asked;
        }

        _ = NetworkDevice.Find(socket, device.Index, out NetworkDevice? now);
        return now?.Xdp.ModeOf(program.Id) ?? XdpFlags.None;
    }

    private static bool IsDriversRefusal(BpfErrno error) => error is BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP or BpfErrno.EINVAL or BpfErrno.ERANGE or BpfErrno.ENOSPC or BpfErrno.ENOMEM;

    /// <summary>What became of a try: a link, an attachment without one, or neither.</summary>
    private sealed record Outcome(NetlinkVerdict Verdict, XdpFlags Mode, BpfHandle? Link, XdpNetlinkAttachment? Attachment)
    {
        public bool IsAttached => Link is not null || Attachment is not null;
    }
}

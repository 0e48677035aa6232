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
        NetlinkSocket? socket = NetlinkSocket.Open();
        try
        {
            NetworkDevice device = NetworkDevice.Get(
                socket, interfaceName, interfaceIndex, $"attach {program} to interface {NetworkDeviceErrors.Describe(interfaceName, interfaceIndex)}");
            XdpAttachment attachment = Attach(program, socket, device, options);
            if (attachment.Handle is null)
            {
                socket = null; // The attachment needs it to detach.
            }

            return new XdpLink(program, device, attachment);
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

    private static XdpAttachment Attach(BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpAttachOptions options)
    {
        XdpFlags mode = options.Mode.ToFlags();
        if (options.ReplacedProgram is { } replaced)
        {
            // Auto: wherever the program to be replaced is.
            mode = mode == XdpFlags.None ? device.Xdp.ModeOf(replaced.Id) : mode;
            NetlinkVerdict verdict = AttachByNetlink(program, socket, device, mode, replaced, out XdpAttachment? replacement);
            return replacement ?? throw XdpErrors.Attach(program, socket, device, mode, "RTM_SETLINK", verdict, replaced);
        }

        bool byNetlink = XdpProbes.Links.IsMissing;
        NetlinkVerdict first = Attach(program, socket, device, mode, byNetlink, out XdpAttachment? attachment);
        if (attachment is null && mode == XdpFlags.None && IsDriversRefusal(first.Error))
        {
            // The kernel chose native because the driver has XDP; this one cannot right now (its queues, its MTU). Any interface can be generic.
            _ = Attach(program, socket, device, XdpFlags.Generic, byNetlink, out attachment);
        }

        return attachment ?? throw XdpErrors.Attach(program, socket, device, mode, byNetlink ? "RTM_SETLINK" : BpfCommand.LinkCreate.ToCName(), first, null);
    }

    private static NetlinkVerdict Attach(BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpFlags mode, bool byNetlink, out XdpAttachment? attachment) =>
        byNetlink
            ? AttachByNetlink(program, socket, device, mode, null, out attachment)
            : AttachByLink(program, socket, device, mode, out attachment);

    private static NetlinkVerdict AttachByLink(BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpFlags mode, out XdpAttachment? attachment)
    {
        using BpfHandle.Lease fd = program.Handle.Acquire();
        LinkCreateAttribute attribute = XdpRequests.CreateLink(fd.Fd, device.Index, mode);
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.LinkCreate, &attribute, out BpfHandle? link);
        attachment = link is null ? null : new XdpKernelLink(link, FindMode(program, socket, device, mode));
        return new NetlinkVerdict(error, null);
    }

    private static NetlinkVerdict AttachByNetlink(
        BpfProgram program, NetlinkSocket socket, NetworkDevice device, XdpFlags mode, BpfProgram? replaced, out XdpAttachment? attachment)
    {
        attachment = null;
        BpfHandle own = program.Handle.Duplicate(program.ToString());
        NetlinkVerdict verdict = replaced is null
            ? AttachFirst(own, socket, device, mode)
            : XdpNetlinkAttachment.Replace(socket, device.Index, mode, own, replaced.Handle, replaced.Id);
        if (verdict.Error == BpfErrno.None)
        {
            attachment = new XdpNetlinkAttachment(socket, device.Index, FindMode(program, socket, device, mode), own, program.Id);
        }
        else
        {
            own.Dispose();
        }

        return verdict;
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
}

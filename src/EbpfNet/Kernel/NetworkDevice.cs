using System.Text;
using EbpfNet.Buffers;

namespace EbpfNet.Kernel;

/// <summary>A network interface as <c>RTM_GETLINK</c> tells it, with the XDP programs on it.</summary>
internal sealed record NetworkDevice(int Index, string Name, XdpState Xdp)
{
    /// <summary>The longest name of an interface (<c>IFNAMSIZ</c> less its NUL), in bytes.</summary>
    private const int MaximumNameLength = 15;

    /// <summary>The longest alternative name (<c>ALTIFNAMSIZ</c> less its NUL), in bytes.</summary>
    private const int MaximumAlternativeNameLength = 127;

    private const int BufferSize = 256;

    /// <summary>The interface that is given by its name or, where that is <see langword="null"/>, by its index.</summary>
    /// <param name="socket">A socket of the network namespace that it is in.</param>
    /// <param name="name">Its name.</param>
    /// <param name="index">Its index.</param>
    /// <param name="operation">What it is for, starting with a verb.</param>
    /// <exception cref="BpfSyscallException">There is none: the message names those that there are.</exception>
    public static NetworkDevice Get(NetlinkSocket socket, string? name, int index, string operation)
    {
        NetlinkVerdict verdict = name is null ? Find(socket, index, out NetworkDevice? device) : Find(socket, name, out device);
        return device ?? throw NetworkDeviceErrors.NotFound(socket, name, index, operation, verdict);
    }

    /// <summary>The interface of that index.</summary>
    /// <returns><see cref="BpfErrno.ENODEV"/> where there is none.</returns>
    public static NetlinkVerdict Find(NetlinkSocket socket, int index, out NetworkDevice? device)
    {
        var message = new NetlinkMessage(stackalloc byte[BufferSize], NetlinkType.GetLink, NetlinkFlags.Acknowledge);
        message.Append(new InterfaceInfoMessage { Index = index });
        message.Attribute(LinkAttribute.ExtendedMask, LinkAttribute.SkipStatistics);
        return Find(socket, message, out device);
    }

    /// <summary>The interface of that name, or of that alternative name (Linux 5.5).</summary>
    /// <returns><see cref="BpfErrno.ENODEV"/> where there is none.</returns>
    public static NetlinkVerdict Find(NetlinkSocket socket, string name, out NetworkDevice? device)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        if (length is 0 or > MaximumAlternativeNameLength || name.Contains('\0'))
        {
            device = null;
            return new NetlinkVerdict(BpfErrno.ENODEV, null); // The kernel would complain about the attribute.
        }

        var message = new NetlinkMessage(stackalloc byte[BufferSize], NetlinkType.GetLink, NetlinkFlags.Acknowledge);
        message.Append(default(InterfaceInfoMessage));
        message.Attribute(length > MaximumNameLength ? LinkAttribute.AlternativeName : LinkAttribute.Name, name); // The shorter attribute finds short alternative names, too.
        message.Attribute(LinkAttribute.ExtendedMask, LinkAttribute.SkipStatistics);
        return Find(socket, message, out device);
    }

    /// <summary>All interfaces of the socket's network namespace, by index.</summary>
    public static IReadOnlyList<NetworkDevice> List(NetlinkSocket socket)
    {
        var devices = new SortedDictionary<int, NetworkDevice>();
        var message = new NetlinkMessage(stackalloc byte[BufferSize], NetlinkType.GetLink, NetlinkFlags.Dump);
        message.Append(default(InterfaceInfoMessage));
        message.Attribute(LinkAttribute.ExtendedMask, LinkAttribute.SkipStatistics);
        NetlinkVerdict verdict = socket.Request(message, (type, content) =>
        {
            if (type == NetlinkType.NewLink && Read(content) is var device)
            {
                devices[device.Index] = device;
            }
        });
        return verdict.Error == BpfErrno.None
            ? [.. devices.Values]
            : throw SyscallErrors.Create(verdict.Error, "RTM_GETLINK", "list the network interfaces", kernelMessage: verdict.Message);
    }

    /// <summary>Reads the content of an <c>RTM_NEWLINK</c> message.</summary>
    public static NetworkDevice Read(SpanReader content)
    {
        content.Skip(sizeof(uint)); // family and type
        int index = content.ReadInt32();
        content.Skip(2 * sizeof(uint)); // flags and change mask
        string name = "";
        XdpState xdp = default;
        var attributes = new NetlinkAttributes(content.Slice((ulong)content.Position, (ulong)content.Remaining, "the attributes"));
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case LinkAttribute.Name:
                    name = attributes.ReadString();
                    break;
                case LinkAttribute.Xdp:
                    xdp = XdpState.Read(attributes.Value);
                    break;
            }
        }

        return new NetworkDevice(index, name, xdp);
    }

    private static NetlinkVerdict Find(NetlinkSocket socket, in NetlinkMessage message, out NetworkDevice? device)
    {
        NetworkDevice? found = null;
        NetlinkVerdict verdict = socket.Request(message, (type, content) => found = type == NetlinkType.NewLink ? Read(content) : found);
        device = found;
        return verdict.Error == BpfErrno.None && found is null ? new NetlinkVerdict(BpfErrno.ENODEV, null) : verdict;
    }
}

/// <summary>The XDP programs on an interface, by mode; 0 stands for none.</summary>
internal readonly record struct XdpState(uint NativeProgramId, uint GenericProgramId, uint OffloadedProgramId)
{
    public bool IsEmpty => this == default;

    /// <summary>The program in one mode.</summary>
    public uint ProgramId(XdpFlags mode) => mode switch
    {
        XdpFlags.Native => NativeProgramId,
        XdpFlags.Generic => GenericProgramId,
        XdpFlags.Offload => OffloadedProgramId,
        _ => 0,
    };

    /// <summary>The mode in which a program is attached, or <see cref="XdpFlags.None"/>.</summary>
    public XdpFlags ModeOf(uint programId) => programId switch
    {
        0 => XdpFlags.None,
        _ when programId == NativeProgramId => XdpFlags.Native,
        _ when programId == GenericProgramId => XdpFlags.Generic,
        _ when programId == OffloadedProgramId => XdpFlags.Offload,
        _ => XdpFlags.None,
    };

    /// <summary>Whether a program is attached: in one mode or, where that is <see cref="XdpFlags.None"/>, in the one that the kernel chose.</summary>
    public bool Has(uint programId, XdpFlags mode) => mode == XdpFlags.None ? ModeOf(programId) != XdpFlags.None : ProgramId(mode) == programId;

    /// <summary>Reads the content of <c>IFLA_XDP</c>.</summary>
    public static XdpState Read(SpanReader content)
    {
        XdpAttached attached = XdpAttached.None;
        uint only = 0;
        uint native = 0;
        uint generic = 0;
        uint offloaded = 0;
        var attributes = new NetlinkAttributes(content);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case XdpAttribute.Attached:
                    attached = (XdpAttached)attributes.ReadByte();
                    break;
                case XdpAttribute.ProgramId:
                    only = attributes.ReadUInt32();
                    break;
                case XdpAttribute.NativeProgramId:
                    native = attributes.ReadUInt32();
                    break;
                case XdpAttribute.GenericProgramId:
                    generic = attributes.ReadUInt32();
                    break;
                case XdpAttribute.OffloadedProgramId:
                    offloaded = attributes.ReadUInt32();
                    break;
            }
        }

        // Before Linux 4.19 there is one program at most, and its id stands beside its mode.
        return attached switch
        {
            XdpAttached.Native => new XdpState(only, 0, 0),
            XdpAttached.Generic => new XdpState(0, only, 0),
            XdpAttached.Offloaded => new XdpState(0, 0, only),
            _ => new XdpState(native, generic, offloaded),
        };
    }
}

using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>The requests that attach, replace and detach XDP programs, as plain bytes: nothing here talks to the kernel.</summary>
internal static class XdpRequests
{
    /// <summary>Room for any request of this class.</summary>
    public const int BufferSize = 128;

    private const int NoProgram = -1;

    /// <summary><c>BPF_LINK_CREATE</c> for an interface.</summary>
    public static LinkCreateAttribute CreateLink(int programFd, int interfaceIndex, XdpFlags mode) => new()
    {
        ProgFd = programFd,
        TargetFd = interfaceIndex,
        AttachType = BpfAttachType.Xdp,
        Flags = (uint)mode,
    };

    /// <summary><c>RTM_SETLINK</c> that attaches a program to an interface that has none in this mode.</summary>
    public static NetlinkMessage Attach(Span<byte> buffer, int interfaceIndex, int programFd, XdpFlags mode) =>
        SetXdp(buffer, interfaceIndex, programFd, mode | XdpFlags.IfNotExists, expectedFd: null);

    /// <summary><c>RTM_SETLINK</c> that puts a program in the place of the expected one, and fails where another is attached.</summary>
    /// <remarks>Without an expected one it replaces whatever is there: kernels before 5.7 have nothing better.</remarks>
    public static NetlinkMessage Replace(Span<byte> buffer, int interfaceIndex, int programFd, XdpFlags mode, int? expectedFd) =>
        SetXdp(buffer, interfaceIndex, programFd, expectedFd is null ? mode : mode | XdpFlags.Replace, expectedFd);

    /// <summary><c>RTM_SETLINK</c> that detaches the expected program, and fails where another is attached.</summary>
    /// <remarks>Without an expected one it detaches whatever is there: kernels before 5.7 have nothing better.</remarks>
    public static NetlinkMessage Detach(Span<byte> buffer, int interfaceIndex, XdpFlags mode, int? expectedFd) =>
        Replace(buffer, interfaceIndex, NoProgram, mode, expectedFd);

    private static NetlinkMessage SetXdp(Span<byte> buffer, int interfaceIndex, int programFd, XdpFlags flags, int? expectedFd)
    {
        var message = new NetlinkMessage(buffer, NetlinkType.SetLink, NetlinkFlags.Acknowledge);
        message.Append(new InterfaceInfoMessage { Index = interfaceIndex });
        int xdp = message.BeginNested(LinkAttribute.Xdp);
        message.Attribute(XdpAttribute.Fd, programFd);
        message.Attribute(XdpAttribute.Flags, (uint)flags);
        if (expectedFd is { } fd)
        {
            message.Attribute(XdpAttribute.ExpectedFd, fd);
        }

        message.EndNested(xdp);
        return message;
    }
}

/// <summary><c>struct ifinfomsg</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InterfaceInfoMessage
{
    public byte Family;
    private readonly byte _padding;
    public ushort Type;
    public int Index;
    public uint Flags;
    public uint Change;
}

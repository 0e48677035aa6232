using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to netkit devices.</summary>
public static class NetkitLinkExtensions
{
    /// <summary>
    /// Attaches a program to a netkit device, behind the programs that are there (<c>BPF_LINK_CREATE</c> with <c>BPF_NETKIT_PRIMARY</c> or <c>BPF_NETKIT_PEER</c>, Linux 6.7).
    /// </summary>
    /// <param name="program">The program: sections <c>netkit/primary</c>, <c>netkit/peer</c>; other tc programs will do.</param>
    /// <param name="interfaceName">The pair's primary device, in the network namespace of the calling thread. Also programs for its peer are attached by the primary one.</param>
    /// <param name="side">Whose packets it sees.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no tc program.</exception>
    /// <exception cref="BpfNotSupportedException">This kernel has no netkit devices.</exception>
    /// <exception cref="BpfSyscallException">There is no such interface, it is no netkit device, or the peer of one, or CAP_NET_ADMIN is missing: the message says which.</exception>
    public static NetkitLink AttachNetkit(this BpfProgram program, string interfaceName, NetkitSide side, NetkitAttachOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        return Attach(program, interfaceName, 0, side, options ?? new NetkitAttachOptions());
    }

    /// <summary>Attaches a program to a netkit device given by its index; see <see cref="AttachNetkit(BpfProgram, string, NetkitSide, NetkitAttachOptions?)"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="interfaceIndex">The primary device's index in the network namespace of the calling thread.</param>
    /// <param name="side">Whose packets it sees.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no tc program.</exception>
    /// <exception cref="BpfNotSupportedException">This kernel has no netkit devices.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the message says why.</exception>
    public static NetkitLink AttachNetkit(this BpfProgram program, int interfaceIndex, NetkitSide side, NetkitAttachOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        return Attach(program, null, interfaceIndex, side, options ?? new NetkitAttachOptions());
    }

    internal static BpfAttachType ToAttachType(this NetkitSide side) => side switch
    {
        NetkitSide.Primary => BpfAttachType.NetkitPrimary,
        NetkitSide.Peer => BpfAttachType.NetkitPeer,
        _ => throw new ArgumentOutOfRangeException(nameof(side), side, "A pair has a primary device and its peer."),
    };

    private static NetkitLink Attach(BpfProgram program, string? name, int index, NetkitSide side, NetkitAttachOptions options)
    {
        BpfAttachType type = side.ToAttachType();
        if (program.Type != BpfProgramType.SchedCls)
        {
            throw new ArgumentException($"Only tc programs can be attached to netkit devices; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        options.Position?.ThrowIfDisposed();
        using NetlinkSocket socket = NetlinkSocket.Open();
        NetworkDevice device = NetworkDevice.Get(socket, name, index, $"attach {program} to netkit device {NetworkDeviceErrors.Describe(name, index)}");
        var position = new DevicePosition(options.Position?.Flags ?? 0, options.Position?.RelativeId ?? 0, options.ExpectedRevision ?? 0);
        BpfErrno error = DevicePrograms.CreateLink(program.Handle, device.Index, type, position, out BpfHandle? link);
        return link is not null
            ? new NetkitLink(program, link, device.Index, device.Name, side)
            : throw NetkitErrors.Attach(program, device, type, side, options, error);
    }
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with an attachment to a netkit device, and what to do about it.</summary>
internal static class NetkitErrors
{
    public static BpfException Attach(BpfProgram program, NetworkDevice device, BpfAttachType type, NetkitSide side, NetkitAttachOptions options, BpfErrno error)
    {
        string where = $"{(side == NetkitSide.Peer ? "the peer of " : "")}netkit device '{device.Name}'";
        string operation = $"attach {program} to {where}";
        return error switch
        {
            // A kernel without such devices does not know the hook; one with them does not find it on another device.
            BpfErrno.EINVAL when NetkitProbes.Devices.IsMissing => new BpfNotSupportedException($"Attaching {program} to a netkit device", "this kernel has none (CONFIG_NETKIT)", new Version(6, 7)),
            BpfErrno.ENXIO => SyscallErrors.Create(error, BpfCommand.LinkCreate, operation, $"Interface '{device.Name}' is no netkit device: make one with 'ip link add … type netkit'"),
            BpfErrno.EACCES => SyscallErrors.Create(
                error, BpfCommand.LinkCreate, operation, $"'{device.Name}' is the peer of a pair: programs, also those for the peer, are attached by the primary device, with {nameof(NetkitSide)}.{nameof(NetkitSide.Peer)}"),
            _ => DeviceListErrors.Attach(program, where, device, type, options.Position, options.ExpectedRevision, null, error),
        };
    }
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Tells which programs are attached to a netkit device.</summary>
public static class NetkitHook
{
    /// <summary>The programs of a netkit device, in the order in which they run (<c>BPF_PROG_QUERY</c>; Linux 6.7).</summary>
    /// <param name="interfaceName">The pair's primary device, in the network namespace of the calling thread.</param>
    /// <param name="side">Whose packets they see.</param>
    /// <exception cref="BpfSyscallException">There is no such interface, it is no netkit device, or CAP_NET_ADMIN is missing.</exception>
    public static NetkitHookState Query(string interfaceName, NetkitSide side)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        BpfAttachType type = side.ToAttachType();
        string operation = $"look at netkit device '{interfaceName}'";
        using NetlinkSocket socket = NetlinkSocket.Open();
        NetworkDevice device = NetworkDevice.Get(socket, interfaceName, 0, operation);
        BpfErrno error = DevicePrograms.Query(device.Index, type, out DeviceProgramList list);
        return error == BpfErrno.None
            ? new NetkitHookState(list.Revision, [.. list.Programs.Select(entry => new NetkitHookProgram(entry.ProgramId, entry.LinkId))])
            : throw SyscallErrors.Create(error, BpfCommand.ProgQuery, operation, error == BpfErrno.ENXIO ? $"Interface '{interfaceName}' is no netkit device" : null);
    }
}

/// <summary>Which programs a netkit device has for one side.</summary>
/// <param name="Revision">Grows with every change, for <see cref="NetkitAttachOptions.ExpectedRevision"/>.</param>
/// <param name="Programs">The programs, in the order in which they run.</param>
public sealed record NetkitHookState(ulong Revision, IReadOnlyList<NetkitHookProgram> Programs);

/// <summary>A program on a netkit device.</summary>
/// <param name="ProgramId">The program's <see cref="BpfProgram.Id"/>.</param>
/// <param name="LinkId">The <see cref="BpfLink.Id"/> of the link that holds it; 0 where none does.</param>
public sealed record NetkitHookProgram(uint ProgramId, uint LinkId);

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Tells which programs see the packets of an interface.</summary>
public static class TcHook
{
    /// <summary>The tc programs of an interface, in the order in which they run: those of tcx (<c>BPF_PROG_QUERY</c>; Linux 6.6), then the filters (<c>RTM_GETTFILTER</c>).</summary>
    /// <param name="interfaceName">The interface, in the network namespace of the calling thread.</param>
    /// <param name="direction">Whether they see what comes in or what goes out.</param>
    /// <exception cref="BpfSyscallException">There is no such interface, or CAP_NET_ADMIN is missing.</exception>
    public static TcHookState Query(string interfaceName, TcDirection direction)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        return Query(interfaceName, 0, direction);
    }

    /// <summary>The tc programs of an interface given by its index; see <see cref="Query(string, TcDirection)"/>.</summary>
    /// <param name="interfaceIndex">The interface's index in the network namespace of the calling thread.</param>
    /// <param name="direction">Whether they see what comes in or what goes out.</param>
    /// <exception cref="BpfSyscallException">There is no such interface, or CAP_NET_ADMIN is missing.</exception>
    public static TcHookState Query(int interfaceIndex, TcDirection direction)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        return Query(null, interfaceIndex, direction);
    }

    private static TcHookState Query(string? name, int index, TcDirection direction)
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        NetworkDevice device = NetworkDevice.Get(socket, name, index, $"look at the {direction.Word()} of interface {NetworkDeviceErrors.Describe(name, index)}");
        ulong revision = 0;
        var programs = new List<TcHookProgram>();
        if (!TcProbes.Tcx.IsMissing)
        {
            BpfErrno error = DevicePrograms.Query(device.Index, direction.ToTcx(), out DeviceProgramList list);
            if (error is not (BpfErrno.None or BpfErrno.ENOENT))
            {
                throw SyscallErrors.Create(error, BpfCommand.ProgQuery, $"look at the {direction.Word()} of interface '{device.Name}'");
            }

            revision = list.Revision;
            programs.AddRange(list.Programs.Select(entry => new TcHookProgram(TcMechanism.Tcx, entry.ProgramId, entry.LinkId)));
        }

        programs.AddRange(TrafficFilter.List(socket, device.Index, direction.ToParent()).Where(filter => filter.IsBpf).Select(filter =>
            new TcHookProgram(TcMechanism.Filter, filter.ProgramId, 0) { Priority = filter.Place.Priority, FilterHandle = filter.Place.Handle, FilterName = filter.Name, Block = filter.Block }));
        return new TcHookState(revision, programs);
    }
}

/// <summary>Which tc programs an interface has in one direction.</summary>
/// <param name="Revision">Grows with every change of the tcx programs, for <see cref="TcAttachOptions.ExpectedRevision"/>; 0 on kernels without tcx.</param>
/// <param name="Programs">The programs, in the order in which they run.</param>
public sealed record TcHookState(ulong Revision, IReadOnlyList<TcHookProgram> Programs);

/// <summary>A tc program on an interface.</summary>
/// <param name="Mechanism">How the kernel keeps it.</param>
/// <param name="ProgramId">The program's <see cref="BpfProgram.Id"/>; 0 where the kernel does not tell.</param>
/// <param name="LinkId">The <see cref="BpfLink.Id"/> of the link that holds it; 0 where none does.</param>
public sealed record TcHookProgram(TcMechanism Mechanism, uint ProgramId, uint LinkId)
{
    /// <summary>The filter's priority (<c>pref</c>); 0 for tcx.</summary>
    public ushort Priority { get; init; }

    /// <summary>The filter's handle among those of its priority; 0 for tcx.</summary>
    public uint FilterHandle { get; init; }

    /// <summary>What the filter was called when it was made; empty for tcx.</summary>
    public string FilterName { get; init; } = "";

    /// <summary>The block that the filter is in (<c>ingress_block</c>, <c>egress_block</c>), whose filters all interfaces have that share it; <see langword="null"/> for the interface's own, and for tcx.</summary>
    public uint? Block { get; init; }
}

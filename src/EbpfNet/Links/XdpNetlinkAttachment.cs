using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>An attachment made by netlink: the interface holds the program until it is told otherwise.</summary>
/// <param name="socket">A socket of the interface's network namespace; it stays open, since the thread that detaches may be in another one.</param>
/// <param name="interfaceIndex">The interface.</param>
/// <param name="mode">The mode that it became.</param>
/// <param name="program">A descriptor of its own: to detach the right program takes one that is open.</param>
/// <param name="programId">The program's id, for kernels that cannot compare.</param>
internal sealed class XdpNetlinkAttachment(NetlinkSocket socket, int interfaceIndex, XdpFlags mode, BpfHandle program, uint programId) : HookAttachment
{
    private BpfHandle _program = program;
    private uint _programId = programId;

    public override string UpdateCall => "RTM_SETLINK";

    public override string DetachCall => "RTM_SETLINK";

    public override bool IsInPlace()
    {
        _ = NetworkDevice.Find(socket, interfaceIndex, out NetworkDevice? device);
        return device?.Xdp.Has(_programId, mode) == true;
    }

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        BpfHandle next = program.Handle.Duplicate(program.ToString());
        NetlinkVerdict verdict = KeepIfDone(next, () => Replace(socket, interfaceIndex, mode, next, expected?.Handle ?? _program, expected?.Id ?? _programId));
        if (verdict.Error == BpfErrno.None)
        {
            _program.Dispose();
            (_program, _programId) = (next, program.Id);
        }

        return verdict;
    }

    public override NetlinkVerdict Detach() => Replace(socket, interfaceIndex, mode, null, _program, _programId);

    public override void Dispose()
    {
        _program.Dispose();
        socket.Dispose();
    }

    /// <summary>Puts a program, or none, in the place of the expected one, and never in that of another.</summary>
    public static NetlinkVerdict Replace(NetlinkSocket socket, int interfaceIndex, XdpFlags mode, BpfHandle? next, BpfHandle expected, uint expectedId)
    {
        using BpfHandle.Lease expectedFd = expected.Acquire();
        if (!XdpProbes.ExpectedProgram.IsMissing)
        {
            return Send(socket, interfaceIndex, mode, next, expectedFd.Fd);
        }

        // Look first, then act: nothing better exists before Linux 5.7.
        NetlinkVerdict found = NetworkDevice.Find(socket, interfaceIndex, out NetworkDevice? device);
        if (device is null)
        {
            return found;
        }

        return device.Xdp.Has(expectedId, mode) ? Send(socket, interfaceIndex, mode, next, null) : new NetlinkVerdict(BpfErrno.EEXIST, null);
    }

    private static NetlinkVerdict Send(NetlinkSocket socket, int interfaceIndex, XdpFlags mode, BpfHandle? next, int? expectedFd)
    {
        Span<byte> buffer = stackalloc byte[XdpRequests.BufferSize];
        if (next is null)
        {
            return socket.Request(XdpRequests.Detach(buffer, interfaceIndex, mode, expectedFd));
        }

        using BpfHandle.Lease fd = next.Acquire();
        return socket.Request(XdpRequests.Replace(buffer, interfaceIndex, fd.Fd, mode, expectedFd));
    }
}

using System.Net.Sockets;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program that filters what a socket gets, and is held by it.</summary>
/// <param name="socket">The socket.</param>
/// <param name="ownsSocket">Whether it is there for the program alone.</param>
/// <param name="programId">The program.</param>
internal sealed class SocketFilterAttachment(Socket socket, bool ownsSocket, uint programId) : HookAttachment
{
    private uint _programId = programId;

    public override string UpdateCall => SocketFilterLinkExtensions.Call;

    public override string DetachCall => "setsockopt(SO_DETACH_FILTER)";

    /// <summary>The socket ends with the process.</summary>
    public override bool OutlivesProcess => false;

    /// <summary>The socket of an interface that is gone keeps its filter, and gets nothing any more.</summary>
    public override bool IsInPlace() => SocketPrograms.HasFilter(socket.SafeHandle, out bool isBpf) && isBpf && (!ownsSocket || SocketPrograms.InterfaceOf(socket.SafeHandle) > 0);

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        BpfErrno error = expected is null || expected.Id == _programId ? SocketPrograms.AttachFilter(socket.SafeHandle, program.Handle) : BpfErrno.EPERM;
        _programId = error == BpfErrno.None ? program.Id : _programId;
        return new NetlinkVerdict(error, null);
    }

    /// <summary>Leaves a classic filter alone, which somebody else has put there; the kernel tells no programs from each other.</summary>
    public override NetlinkVerdict Detach()
    {
        if (ownsSocket)
        {
            return default; // The filter goes with it, so that nobody reads what it kept out.
        }

        try
        {
            return new NetlinkVerdict(
                !SocketPrograms.HasFilter(socket.SafeHandle, out bool isBpf) ? BpfErrno.ENOENT : isBpf ? SocketPrograms.DetachFilter(socket.SafeHandle) : BpfErrno.EEXIST, null);
        }
        catch (ObjectDisposedException)
        {
            return new NetlinkVerdict(BpfErrno.ENOENT, null);
        }
    }

    public override void Dispose()
    {
        if (ownsSocket)
        {
            socket.Dispose();
        }
    }
}

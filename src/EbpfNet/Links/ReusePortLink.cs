using System.Net.Sockets;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program that chooses, of the sockets that share a port, the one that gets a connection or a datagram.</summary>
/// <remarks>
/// The sockets hold it together: it ends with the last of them, and so with their process, also when that is killed. <see cref="BpfLink.Dispose"/> takes it off through the socket that it was attached by;
/// once that is closed, it stays as long as one of the others is open. A program that is attached later by the same <see cref="System.Net.Sockets.Socket"/> takes its place, and is left
/// alone by this link; one that comes by another socket of the port, or from another process, cannot be seen: this link takes that off. Members may be called from several threads.
/// </remarks>
public sealed class ReusePortLink : BpfLink
{
    internal ReusePortLink(BpfProgram program, Socket socket, ReusePortAttachment attachment)
        : base(program, handle: null, attachment)
    {
        Socket = socket;
        Join();
    }

    /// <summary>The socket that it was attached by.</summary>
    public Socket Socket { get; }

    /// <summary>Puts another program in the place of the attached one, at once (<c>SO_ATTACH_REUSEPORT_EBPF</c>).</summary>
    /// <param name="program">The new program.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes: that of this link, which alone is known; <see langword="null"/> for whichever this link has.</param>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">Another program was expected than this link has, another one took its place, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link, the socket or the program was disposed.</exception>
    public override void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ReusePortLinkExtensions.RequireType(program);
        base.Update(program, expected);
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => "the choice among the sockets of a port";

    private protected override BpfException UpdateError(BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => SocketErrors.Update(this, program, expected, verdict.Error);

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => SocketErrors.Detach(this, verdict.Error);
}

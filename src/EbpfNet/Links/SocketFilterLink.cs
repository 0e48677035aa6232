using System.Net.Sockets;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program that decides how much of each packet a socket gets: nothing, a part, all.</summary>
/// <remarks>The socket holds it: it ends with the socket, and so with the process, also when that is killed, unless another process has the socket, too. Members may be called from several threads.</remarks>
public sealed class SocketFilterLink : BpfLink
{
    /// <param name="program">The program that is attached.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="interfaceName">The interface of a socket that was made for the program; <see langword="null"/> for somebody else's socket.</param>
    internal SocketFilterLink(BpfProgram program, Socket socket, string? interfaceName)
        : base(program, handle: null, new SocketFilterAttachment(socket, interfaceName is not null, program.Id))
    {
        Socket = socket;
        InterfaceName = interfaceName;
        Join();
    }

    /// <summary>The socket. That of an interface gives whole frames, of which the program decides: read from it, or it fills up. It is disposed with the link.</summary>
    public Socket Socket { get; }

    /// <summary>The interface whose frames the socket gets; <see langword="null"/> for a socket that the program was attached to.</summary>
    public string? InterfaceName { get; }

    /// <summary>Puts another program in the place of the attached one, at once (<c>SO_ATTACH_BPF</c>).</summary>
    /// <param name="program">The new program, a socket filter, too.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes: that of this link, which alone is known; <see langword="null"/> for whichever is.</param>
    /// <exception cref="ArgumentException">The program is no socket filter.</exception>
    /// <exception cref="BpfSyscallException">Another program was expected than this link has, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link, the socket or the program was disposed.</exception>
    public override void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        SocketFilterLinkExtensions.RequireFilter(program);
        base.Update(program, expected);
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => InterfaceName is { } name ? $"the filter of the packets of interface '{name}'" : "the filter of a socket";

    private protected override BpfException UpdateError(BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => SocketErrors.Update(this, program, expected, verdict.Error);

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => SocketErrors.Detach(this, verdict.Error);
}

using System.Net.Sockets;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>Attaches programs that choose among the sockets of a port.</summary>
public static class ReusePortLinkExtensions
{
    internal const string Call = "setsockopt(SO_ATTACH_REUSEPORT_EBPF)";

    /// <summary>
    /// Attaches a program to the sockets that share a port with one (<c>SO_REUSEPORT</c>, <c>SO_ATTACH_REUSEPORT_EBPF</c>): one of section <c>socket</c> (Linux 4.5) returns the index of the socket
    /// to take, in the order in which they were bound; one of section <c>sk_reuseport</c> (Linux 4.19) takes one out of a map. What the sockets had before is replaced: the link of that one is then attached to nothing, if it is of the same socket.
    /// </summary>
    /// <param name="program">The program.</param>
    /// <param name="socket">One of the sockets; those that join later are chosen from, too. It has to have <c>SO_REUSEPORT</c> set before it is bound.</param>
    /// <returns>The link; disposing it gives the choice back to the kernel (Linux 5.3).</returns>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">The socket shares no port, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The program or the socket was disposed.</exception>
    public static ReusePortLink AttachReusePort(this BpfProgram program, Socket socket)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(socket);
        RequireType(program);
        var attachment = new ReusePortAttachment(socket, program.Id);
        BpfErrno error = attachment.Attach(program);
        return error == BpfErrno.None ? new ReusePortLink(program, socket, attachment) : throw SocketErrors.Attach(program, Call, error, "the sockets of a port");
    }

    internal static void RequireType(BpfProgram program)
    {
        if (program.Type is not (BpfProgramType.SocketFilter or BpfProgramType.SkReusePort))
        {
            throw new ArgumentException($"Only programs of the sections socket and sk_reuseport choose among sockets; {program} is of type {program.Type.CName()}.", nameof(program));
        }
    }
}

using System.Net.Sockets;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program that chooses, of the sockets that share a port, the one that gets a connection or a datagram.</summary>
/// <remarks>
/// The sockets hold it together: it ends with the last of them, and so with their process, also when that is killed. <see cref="BpfLink.Dispose"/> takes it off through the socket that it was attached by;
/// once that is closed, it stays as long as one of the others is open. Members may be called from several threads.
/// </remarks>
public sealed class ReusePortLink : BpfLink
{
    private readonly Lock _lock = new();

    internal ReusePortLink(BpfProgram program, Socket socket)
        : base(program, handle: null)
    {
        Socket = socket;
        Join();
    }

    /// <summary>The socket that it was attached by.</summary>
    public Socket Socket { get; }

    /// <summary>Puts another program in the place of the attached one, at once (<c>SO_ATTACH_REUSEPORT_EBPF</c>).</summary>
    /// <param name="program">The new program.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes: that of this link, which alone is known; <see langword="null"/> for whichever is.</param>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfSyscallException">Another program was expected than this link has, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link, the socket or the program was disposed.</exception>
    public override void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ReusePortLinkExtensions.RequireType(program);
        lock (_lock)
        {
            ThrowIfDisposed();
            BpfErrno error = expected is null || expected.Id == Program.Id ? SocketPrograms.AttachReusePort(Socket.SafeHandle, program.Handle) : BpfErrno.EPERM;
            if (error != BpfErrno.None)
            {
                throw SocketErrors.Update(this, program, expected, ReusePortLinkExtensions.Call, error);
            }

            Program = program;
        }
    }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => "the choice among the sockets of a port";

    private protected override bool IsOnHook() => !Socket.SafeHandle.IsClosed;

    private protected override void DetachNow()
    {
        lock (_lock)
        {
            BpfErrno error = SocketPrograms.DetachReusePort(Socket.SafeHandle);
            if (error is not (BpfErrno.None or BpfErrno.ENOENT))
            {
                throw SyscallErrors.Create(error, "setsockopt(SO_DETACH_REUSEPORT_BPF)", $"detach {ProgramText} from {this}", Advise(error));
            }
        }
    }

    private protected override void Release()
    {
        lock (_lock)
        {
            try
            {
                BpfErrno error = SocketPrograms.DetachReusePort(Socket.SafeHandle);
                if (error is not (BpfErrno.None or BpfErrno.ENOENT))
                {
                    EbpfNetEventSource.Log.DetachFailed(ToString(), error.ToString());
                }
            }
            catch (ObjectDisposedException)
            {
                // The program goes with the last of the sockets.
            }
        }
    }

    private static string? Advise(BpfErrno error) => error == BpfErrno.ENOPROTOOPT ? "Before Linux 5.3 it ends only with the sockets" : null;
}

using System.Net.Sockets;
using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program that chooses among the sockets of a port, which hold it together.</summary>
/// <param name="socket">The one that it was attached by.</param>
/// <param name="programId">The program.</param>
internal sealed class ReusePortAttachment(Socket socket, uint programId) : HookAttachment
{
    private static readonly Lock Guard = new();

    /// <summary>Whose program a socket has, as far as this process knows: the kernel neither tells nor compares.</summary>
    private static readonly ConditionalWeakTable<Socket, ReusePortAttachment> Last = [];

    private uint _programId = programId;

    public override string UpdateCall => ReusePortLinkExtensions.Call;

    public override string DetachCall => "setsockopt(SO_DETACH_REUSEPORT_BPF)";

    /// <summary>The sockets end with the process.</summary>
    public override bool OutlivesProcess => false;

    private bool IsLast => Last.TryGetValue(socket, out ReusePortAttachment? last) && last == this;

    public override bool IsInPlace()
    {
        lock (Guard)
        {
            return IsLast && !socket.SafeHandle.IsClosed;
        }
    }

    /// <summary>Puts the program in the place of whichever is there.</summary>
    public BpfErrno Attach(BpfProgram program)
    {
        lock (Guard)
        {
            BpfErrno error = SocketPrograms.AttachReusePort(socket.SafeHandle, program.Handle);
            if (error == BpfErrno.None)
            {
                _programId = program.Id;
                Last.AddOrUpdate(socket, this);
            }

            return error;
        }
    }

    public override NetlinkVerdict Update(BpfProgram program, BpfProgram? expected)
    {
        lock (Guard)
        {
            return new NetlinkVerdict(IsLast && (expected is null || expected.Id == _programId) ? Attach(program) : BpfErrno.EPERM, null);
        }
    }

    /// <returns><see cref="BpfErrno.EEXIST"/> where another program was attached by the socket since, <see cref="BpfErrno.ENOENT"/> where there is none any more.</returns>
    public override NetlinkVerdict Detach()
    {
        lock (Guard)
        {
            if (!IsLast)
            {
                return new NetlinkVerdict(BpfErrno.EEXIST, null);
            }

            BpfErrno error = BpfErrno.ENOENT;
            try
            {
                error = SocketPrograms.DetachReusePort(socket.SafeHandle);
            }
            catch (ObjectDisposedException)
            {
                // The program goes with the last of the sockets.
            }

            if (error is BpfErrno.None or BpfErrno.ENOENT)
            {
                Last.Remove(socket);
            }

            return new NetlinkVerdict(error, null);
        }
    }

    public override void Dispose()
    {
    }
}

using System.Runtime.InteropServices;
using EbpfNet.Buffers;

namespace EbpfNet.Kernel;

/// <summary>A routing socket (<c>NETLINK_ROUTE</c>) of the network namespace that the opening thread is in, wherever it is used later.</summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    /// <summary>What the kernel puts into one datagram of a dump at most, twice.</summary>
    private const int BufferSize = 64 * 1024;

    private const int DumpAttempts = 8;
    private const int NetlinkRoute = 0;
    private const int NetlinkLevel = 270; // SOL_NETLINK
    private const int CapAcknowledge = 10; // NETLINK_CAP_ACK
    private const int ExtendedAcknowledge = 11; // NETLINK_EXT_ACK

    private readonly BpfHandle _socket;
    private readonly Lock _lock = new();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private uint _sequence;

    private NetlinkSocket(BpfHandle socket) => _socket = socket;

    /// <summary>Takes the answers to a request; each is one message's type and content.</summary>
    public delegate void ReplyHandler(NetlinkType type, SpanReader content);

    public static NetlinkSocket Open()
    {
        int fd = SocketCalls.Socket(SocketCalls.AddressFamilyNetlink, SocketCalls.RawCloseOnExec, NetlinkRoute);
        if (fd < 0)
        {
            throw SyscallErrors.Create(LastError(), "socket(AF_NETLINK)", "open a routing socket");
        }

        var handle = new BpfHandle(fd);
        try
        {
            var address = new SocketCalls.NetlinkAddress { Family = SocketCalls.AddressFamilyNetlink };
            if (SocketCalls.Bind(fd, &address, (uint)sizeof(SocketCalls.NetlinkAddress)) < 0)
            {
                throw SyscallErrors.Create(LastError(), "bind(AF_NETLINK)", "open a routing socket");
            }

            int on = 1;
            // Before Linux 4.12 and 4.2: errors come without words, or with the request repeated. Both are read all the same.
            _ = SocketCalls.SetOption(fd, NetlinkLevel, ExtendedAcknowledge, &on, sizeof(int));
            _ = SocketCalls.SetOption(fd, NetlinkLevel, CapAcknowledge, &on, sizeof(int));
            return new NetlinkSocket(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request, hands its answers on, and waits for the verdict; a refusal is returned, not thrown.</summary>
    /// <param name="message">The request; one that does not ask for a dump asks for an acknowledgement.</param>
    /// <param name="onReply">Takes the answers; of a dump that the kernel had to interrupt it sees some objects again.</param>
    public NetlinkVerdict Request(in NetlinkMessage message, ReplyHandler? onReply = null)
    {
        lock (_lock)
        {
            NetlinkVerdict verdict;
            bool interrupted;
            int attempts = DumpAttempts;
            do
            {
                uint sequence = ++_sequence;
                if (Send(message.Finish(sequence)) is var error and not BpfErrno.None)
                {
                    return new NetlinkVerdict(error, null);
                }

                verdict = Receive(sequence, onReply, out interrupted);
            }
            while (interrupted && --attempts > 0);
            return verdict;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static BpfErrno LastError() => (BpfErrno)Marshal.GetLastPInvokeError();

    private BpfErrno Send(ReadOnlySpan<byte> bytes)
    {
        using BpfHandle.Lease fd = _socket.Acquire();
        var kernel = new SocketCalls.NetlinkAddress { Family = SocketCalls.AddressFamilyNetlink };
        fixed (byte* data = bytes)
        {
            while (SocketCalls.SendTo(fd.Fd, data, (nuint)bytes.Length, 0, &kernel, (uint)sizeof(SocketCalls.NetlinkAddress)) < 0)
            {
                BpfErrno error = LastError();
                if (error != BpfErrno.EINTR)
                {
                    return error;
                }
            }
        }

        return BpfErrno.None;
    }

    private NetlinkVerdict Receive(uint sequence, ReplyHandler? onReply, out bool interrupted)
    {
        interrupted = false;
        while (true)
        {
            BpfErrno error = ReceiveDatagram(out int length);
            if (error != BpfErrno.None)
            {
                return new NetlinkVerdict(error, null);
            }

            var datagram = new SpanReader(_buffer.AsSpan(0, length), !BitConverter.IsLittleEndian, "netlink answer");
            while (NetlinkReply.TryRead(ref datagram, out NetlinkReply reply))
            {
                if (reply.Sequence != sequence)
                {
                    continue; // What is left of a request that failed halfway.
                }

                interrupted |= (reply.Flags & NetlinkFlags.DumpInterrupted) != 0;
                if (reply.Type is NetlinkType.Error or NetlinkType.Done)
                {
                    return NetlinkVerdict.Read(reply.Content, reply.Type, reply.Flags);
                }

                onReply?.Invoke(reply.Type, reply.Content);
            }
        }
    }

    private BpfErrno ReceiveDatagram(out int length)
    {
        using BpfHandle.Lease fd = _socket.Acquire();
        fixed (byte* buffer = _buffer)
        {
            while (true)
            {
                SocketCalls.NetlinkAddress sender = default;
                uint senderLength = (uint)sizeof(SocketCalls.NetlinkAddress);
                nint received = SocketCalls.ReceiveFrom(fd.Fd, buffer, BufferSize, SocketCalls.Truncate, &sender, &senderLength);
                length = (int)Math.Min(received, BufferSize);
                if (received > BufferSize)
                {
                    return BpfErrno.E2BIG;
                }

                if (received < 0 && LastError() is var error and not BpfErrno.EINTR)
                {
                    return error;
                }

                if (received >= 0 && sender.Port == 0)
                {
                    return BpfErrno.None; // Only the kernel answers; anything else was sent by a process.
                }
            }
        }
    }
}

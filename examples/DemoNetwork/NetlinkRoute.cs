using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DemoNetwork;

/// <summary>The kernel's routing socket (rtnetlink) of the network namespace that the calling thread is in.</summary>
internal sealed class NetlinkRoute : IDisposable
{
    private const ushort MessageError = 2;
    private const ushort MessageDone = 3;

    private readonly SafeFileHandle _socket;

    private NetlinkRoute(SafeFileHandle socket) => _socket = socket;

    internal static NetlinkRoute Open()
    {
        int fd = NativeMethods.Socket(NativeMethods.AfNetlink, NativeMethods.SockRaw | NativeMethods.SockCloexec, NativeMethods.NetlinkRoute);
        return fd >= 0
            ? new NetlinkRoute(new SafeFileHandle(fd, ownsHandle: true))
            : throw new NetworkHostException($"Could not open a routing socket: {NativeMethods.Describe(Marshal.GetLastPInvokeError())}.");
    }

    /// <summary>Sends a request and collects the answers: each is a message type and its bytes after the header.</summary>
    /// <exception cref="NetworkHostException">The kernel refused.</exception>
    internal List<(ushort Type, byte[] Body)> Ask(string operation, NetlinkMessage request)
    {
        ReadOnlySpan<byte> message = request.Finish();
        if (NativeMethods.Send(_socket, message, message.Length, 0) != message.Length)
        {
            throw Refused(operation, Marshal.GetLastPInvokeError());
        }

        List<(ushort, byte[])> answers = [];
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            nint length = NativeMethods.Receive(_socket, buffer, buffer.Length, 0);
            if (length < 0 && Marshal.GetLastPInvokeError() is var error && error != NativeMethods.Eintr)
            {
                throw Refused(operation, error);
            }

            for (int at = 0; at + NetlinkMessage.HeaderLength <= length;)
            {
                int messageLength = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(at));
                ushort type = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 4));
                Span<byte> body = buffer.AsSpan(at + NetlinkMessage.HeaderLength, messageLength - NetlinkMessage.HeaderLength);
                if (type is MessageError or MessageDone)
                {
                    int code = body.Length >= 4 ? -BinaryPrimitives.ReadInt32LittleEndian(body) : 0;
                    return code == 0 ? answers : throw Refused(operation, code);
                }

                answers.Add((type, body.ToArray()));
                at += (messageLength + 3) & ~3;
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static NetworkHostException Refused(string operation, int error)
        => new($"Could not {operation}: {NativeMethods.Describe(error)}.");
}

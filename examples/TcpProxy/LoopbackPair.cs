using System.Net;
using System.Net.Sockets;
using ExampleHost;

namespace TcpProxy;

/// <summary>The two ends of a connection on this machine, to try out what the kernel does with what one of them sends.</summary>
internal sealed class LoopbackPair : IDisposable
{
    private const int MostAttempts = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Socket _sender = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <param name="isFree">Whether a port is not steered: what comes to such a one would go to an app.</param>
    /// <exception cref="UserErrorException">There is no way to connect.</exception>
    public LoopbackPair(Func<int, bool> isFree)
    {
        Socket? receiver = null;
        try
        {
            using Socket listener = Listen(isFree);
            receiver = Connect(listener);
        }
        catch (SocketException e)
        {
            throw new UserErrorException($"--splice is tried with a connection on 127.0.0.1, which could not be made: {e.Message}. Is the loopback interface up, and does no other proxy have all ports?");
        }
        finally
        {
            if (receiver is null)
            {
                _sender.Dispose();
            }
        }

        Receiver = receiver;
    }

    public Socket Receiver { get; }

    /// <summary>Sends a byte.</summary>
    public void Send() => _sender.Send(new byte[1]);

    /// <summary>Whether the receiver gets that byte, also when it has looked at it before.</summary>
    public bool HandsOver() => Receiver.Poll(Patience, SelectMode.SelectRead)
        && Receiver.Receive(new byte[1], SocketFlags.Peek, out _) == 1 && Receiver.Available == 1 // it is still there
        && Receiver.Receive(new byte[1], SocketFlags.None, out _) == 1;

    public void Dispose()
    {
        Receiver.Dispose();
        _sender.Dispose();
    }

    private Socket Connect(Socket listener)
    {
        try
        {
            _sender.Blocking = false; // with the loopback interface down it may take minutes
            _sender.Connect(listener.LocalEndPoint!);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // It is on its way.
        }

        return listener.Poll(Patience, SelectMode.SelectRead) ? listener.Accept() : throw new SocketException((int)SocketError.TimedOut);
    }

    private static Socket Listen(Func<int, bool> isFree)
    {
        for (int attempt = 1; ; attempt++)
        {
            Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            bool isListening = false;
            try
            {
                listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                if (attempt == MostAttempts || isFree(((IPEndPoint)listener.LocalEndPoint!).Port))
                {
                    listener.Listen();
                    isListening = true;
                    return listener;
                }
            }
            finally
            {
                if (!isListening)
                {
                    listener.Dispose();
                }
            }
        }
    }
}

using System.Net;
using System.Net.Sockets;
using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;

namespace TcpProxy;

/// <summary>
/// Joins connections in the kernel, one way: data that one receives is put into the other's send queue, without this process. What a slow reader does not take the
/// program hands to this process, which forwards it; the order is the care of both.
/// </summary>
internal sealed class Splicer : IDisposable
{
    private const int MostAttempts = 1000;

    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(2);

    private readonly TcpProxyProgram _program;
    private readonly Func<int, bool> _isFree;
    private readonly SockMapLink _link;

    /// <param name="program">Joins them.</param>
    /// <param name="isFree">Whether no app has a port, nor had it in the process before.</param>
    /// <exception cref="UserErrorException">The kernel is too old.</exception>
    public Splicer(TcpProxyProgram program, Func<int, bool> isFree)
    {
        (_program, _isFree) = (program, isFree);
        _link = program.TcpProxySplice.AttachSockMap(program.Sources);
        bool works = false;
        try
        {
            works = HandsOverWhatWasThere();
        }
        finally
        {
            if (!works)
            {
                _link.Dispose();
            }
        }

        if (!works)
        {
            throw new UserErrorException("--splice needs Linux 6.6 or later: this kernel forgets what a connection received before it was joined, or what is only looked at.");
        }
    }

    /// <summary>Joins two connections, in one direction.</summary>
    /// <param name="from">Where data comes from. Nothing is redirected to it, in no other splice.</param>
    /// <param name="to">Where it goes. All that was received is in its send queue.</param>
    /// <param name="forwarded">How many bytes that is.</param>
    /// <returns>What follows them; <see langword="null"/> where they cannot be joined: there is no room, or one of them has received its end already.</returns>
    public Splice? TryJoin(Socket from, Socket to, long forwarded)
    {
        Splice splice = new(new Join(_program, from, to), from, to, forwarded);
        bool joined = false;
        try
        {
            joined = splice.TryBegin();
            return joined ? splice : null;
        }
        finally
        {
            if (!joined)
            {
                splice.Dispose();
            }
        }
    }

    public void Dispose() => _link.Dispose();

    private bool HandsOverWhatWasThere()
    {
        using Socket listener = ListenWhereNobodyIsSteered();
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            sender.Blocking = false;
            sender.Connect(listener.LocalEndPoint!);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // It is on its way.
        }

        if (!listener.Poll(ProbePatience, SelectMode.SelectRead))
        {
            throw new UserErrorException("--splice is tried with a connection on 127.0.0.1, and there is no way to make one: is the loopback interface up, and does no other proxy have all ports?");
        }

        using Socket receiver = listener.Accept();
        sender.Send([1]);
        try
        {
            _program.Sources.Set(0, receiver); // no socket has this cookie: all is handed to this process
            return receiver.Poll(ProbePatience, SelectMode.SelectRead)
                && receiver.Receive(new byte[1], SocketFlags.Peek, out _) == 1 && receiver.Available == 1 // it is still there
                && receiver.Receive(new byte[1], SocketFlags.None, out _) == 1;
        }
        finally
        {
            _program.Sources.Remove(0);
        }
    }

    /// <summary>A listening socket on a port that no app has: the process before may still have its own.</summary>
    private Socket ListenWhereNobodyIsSteered()
    {
        for (int attempt = 1; ; attempt++)
        {
            Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            if (attempt == MostAttempts || _isFree(((IPEndPoint)listener.LocalEndPoint!).Port))
            {
                listener.Listen();
                return listener;
            }

            listener.Dispose();
        }
    }
}

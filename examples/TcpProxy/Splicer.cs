using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;
using static EbpfNet.Programs.TcpProxyProgram;

namespace TcpProxy;

/// <summary>
/// Joins connections in the kernel: data that one receives is put into the other's send queue, without this process. What a slow reader does not take, and what
/// could not be joined, the program hands to this process, which forwards it; the order is the care of both.
/// </summary>
internal sealed class Splicer : IDisposable
{
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(2);

    private readonly TcpProxyProgram _program;
    private readonly SockMapLink _link;

    /// <exception cref="UserErrorException">The kernel is too old.</exception>
    public Splicer(TcpProxyProgram program)
    {
        _program = program;
        _link = program.TcpProxySplice.AttachSockMap(program.Connections);
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
            throw new UserErrorException("--splice needs Linux 6.5 or later: this kernel forgets what a connection received before it was joined.");
        }
    }

    /// <summary>Joins two connections to which nothing was written yet.</summary>
    /// <returns>What follows them; <see langword="null"/> where they cannot be joined: there is no room, or one of them has received its end already.</returns>
    public Splice? TryJoin(Socket client, Socket server)
    {
        Splice splice = new(_program, client, server);
        bool joined = false;
        try
        {
            joined = splice.TryJoin();
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
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
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
            throw new UserErrorException("--splice is tried with a connection on 127.0.0.1, and there is no way to make one: is the loopback interface up?");
        }

        using Socket receiver = listener.Accept();
        sender.Send([1]);
        try
        {
            _program.Connections.Set(0, receiver); // no socket has this cookie: all is handed to this process
            return receiver.Poll(ProbePatience, SelectMode.SelectRead) && receiver.Receive(new byte[1], SocketFlags.None, out _) == 1;
        }
        finally
        {
            _program.Connections.Remove(0);
        }
    }
}

/// <summary>Two connections in the program's maps.</summary>
internal sealed class Splice(TcpProxyProgram program, Socket client, Socket server) : IDisposable
{
    private const int SendQueue = 4 << 20;
    private const int ReceiveQueue = 16 << 20;
    private const int Window = 1 << 20;
    private const int SolSocket = 1;
    private const int SoSendBufferForce = 32;
    private const int SoReceiveBufferForce = 33;
    private const int SolTcp = 6;
    private const int TcpWindowClamp = 10;

    public SpliceDirection Upwards { get; } = new(program, client, server);

    public SpliceDirection Downwards { get; } = new(program, server, client);

    /// <returns>Whether the program sees their data. It redirects from the moment on when both are in its map.</returns>
    public bool TryJoin()
    {
        try
        {
            SetQueues(client);
            SetQueues(server);
            Upwards.Announce();
            Downwards.Announce();
            program.Connections.Set(Downwards.Cookie, client);
        }
        catch (BpfSyscallException)
        {
            return false;
        }

        try
        {
            program.Connections.Set(Upwards.Cookie, server);
        }
        catch (BpfSyscallException)
        {
            // What the client sends goes through the program now, which hands all of it to this process.
        }

        return true;
    }

    /// <summary>To be called when both are closed, which takes them out of the map of sockets.</summary>
    public void Dispose()
    {
        Upwards.Forget();
        Downwards.Forget();
    }

    /// <summary>
    /// Has a connection's queues hold so many bytes from the start, and no more later. The window is far smaller than the receive queue: what the program passes on
    /// stays out of its account for a while, and a connection that is sent more than it can hold stalls for seconds.
    /// </summary>
    private static void SetQueues(Socket socket)
    {
        Set(socket, SolSocket, SoSendBufferForce, SendQueue / 2); // the kernel doubles it
        Set(socket, SolSocket, SoReceiveBufferForce, ReceiveQueue / 2);
        Set(socket, SolTcp, TcpWindowClamp, Window);
    }

    private static void Set(Socket socket, int level, int option, int value) => socket.SetRawSocketOption(level, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));
}

/// <summary>One direction of two joined connections.</summary>
internal sealed class SpliceDirection(TcpProxyProgram program, Socket from, Socket to)
{
    private const int LongestPause = 50;

    private long _received;
    private TcpProxyJoin _join;

    /// <summary>The connection that data comes from.</summary>
    public ulong Cookie { get; } = from.GetCookie();

    public void Announce()
    {
        _join.Other = to.GetCookie();
        program.Joins.Set(Cookie, _join);
        program.Flows.Set(Cookie, default);
    }

    /// <summary>This process has received data. As long as it is not forwarded, nothing is redirected.</summary>
    public void Received(int length) => _received += length;

    /// <summary>Waits until all that the program redirected before what was received is in the other's send queue.</summary>
    /// <exception cref="SocketException">The other connection was reset.</exception>
    public ValueTask BeforeForwardingAsync() => WrittenAsync(Flow);

    /// <summary>What was received is in the other's send queue.</summary>
    public void Forwarded(int length)
    {
        _join.Forwarded += (ulong)length;
        program.Joins.Set(Cookie, _join);
    }

    /// <summary>The end was received: whether it is the end of all that the program handed to this process. The kernel may tell of it before the last of that can be read.</summary>
    public bool IsEnd => _received >= (long)Flow.Passed;

    /// <summary>After the end: waits until all that was redirected is in the other's send queue, so that its end may be sent.</summary>
    /// <returns>How many bytes were redirected.</returns>
    /// <exception cref="SocketException">The other connection was reset.</exception>
    public async ValueTask<long> FinishAsync()
    {
        TcpProxyFlow flow = Flow;
        await WrittenAsync(flow).ConfigureAwait(false);
        return (long)flow.Redirected;
    }

    public void Forget()
    {
        program.Joins.Remove(Cookie);
        program.Flows.Remove(Cookie);
    }

    private TcpProxyFlow Flow => program.Flows.TryGetValue(Cookie, out TcpProxyFlow flow) ? flow : default;

    private async ValueTask WrittenAsync(TcpProxyFlow flow)
    {
        for (int pause = 0; ; pause = Math.Min((pause * 2) + 1, LongestPause))
        {
            ConnectionInfo info = new(to);
            if (info.Written >= (long)(flow.Redirected + _join.Forwarded))
            {
                return;
            }

            if (!info.CanSend)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            await Task.Delay(pause).ConfigureAwait(false);
        }
    }
}

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
    private readonly TcpProxyProgram _program;
    private readonly SockMapLink _link;

    /// <param name="program">Joins them.</param>
    /// <param name="isFree">Whether a port is not steered now.</param>
    /// <exception cref="UserErrorException">The kernel is too old.</exception>
    public Splicer(TcpProxyProgram program, Func<int, bool> isFree)
    {
        _program = program;
        _link = program.TcpProxySplice.AttachSockMap(program.Sources);
        bool works = false;
        try
        {
            works = HandsOverWhatWasThere(isFree);
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

    private bool HandsOverWhatWasThere(Func<int, bool> isFree)
    {
        using LoopbackPair pair = new(isFree);
        pair.Send();
        try
        {
            _program.Sources.Set(0, pair.Receiver); // no socket has this cookie: all is handed to this process
            return pair.HandsOver();
        }
        finally
        {
            _program.Sources.Remove(0);
        }
    }
}

using System.Net.Sockets;
using EbpfNet;
using EbpfNet.Programs;
using static EbpfNet.Programs.TcpProxyProgram;

namespace TcpProxy;

/// <summary>
/// Two connections in the program's maps: what one of them receives the program redirects to the other, as soon as this process has forwarded all that it was handed before, and
/// as long as there is room.
/// </summary>
/// <param name="program">Redirects.</param>
/// <param name="from">Where data comes from.</param>
/// <param name="to">Where it goes.</param>
internal sealed class Join(TcpProxyProgram program, Socket from, Socket to) : IDisposable
{
    private readonly ulong _cookie = from.GetCookie();

    /// <summary>How many bytes the program has redirected.</summary>
    public long Redirected => program.Flows.TryGetValue(_cookie, out TcpProxyFlow flow) ? (long)flow.Redirected : 0;

    /// <summary>Whether the program has seen data that it could not put in order: the connection is to end.</summary>
    public bool IsBroken => program.Flows.TryGetValue(_cookie, out TcpProxyFlow flow) && flow.IsBroken != 0;

    /// <param name="forwarded">How many bytes this process has forwarded already.</param>
    /// <returns>Whether the program sees what is received from now on.</returns>
    public bool TryBegin(long forwarded)
    {
        try
        {
            program.Flows.Set(_cookie, default);
            Announce(forwarded);
            program.Sinks.Set(_cookie, to);
            program.Sources.Set(_cookie, from);
            return true;
        }
        catch (BpfSyscallException)
        {
            return false;
        }
    }

    /// <summary>Tells the program how many bytes this process has forwarded.</summary>
    public void Announce(long forwarded) => program.Joins.Set(_cookie, new TcpProxyJoin { Forwarded = (ulong)forwarded });

    /// <summary>To be called when both are closed, which takes them out of the maps of sockets.</summary>
    public void Dispose()
    {
        program.Sources.Remove(_cookie);
        program.Sinks.Remove(_cookie);
        program.Joins.Remove(_cookie);
        program.Flows.Remove(_cookie);
    }
}

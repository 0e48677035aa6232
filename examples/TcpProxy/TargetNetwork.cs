using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TcpProxy;

/// <summary>How targets are found and connected to.</summary>
/// <param name="logger">Where it tells what this machine lacks.</param>
internal class TargetNetwork(ILogger logger)
{
    private const int OutOfMemory = 12; // ENOMEM
    private const int MostLookups = 16;

    private readonly SemaphoreSlim _lookups = new(MostLookups);
    private readonly OncePerSecond _tellTrouble = new();
    private HashSet<int> _proxyPorts = [];

    /// <summary>The ports of all apps: on this machine, these lead to the proxy itself.</summary>
    public HashSet<int> ProxyPorts
    {
        get => Volatile.Read(ref _proxyPorts);
        set => Volatile.Write(ref _proxyPorts, value);
    }

    /// <summary>Whether who connects there is brought to the proxy again. Asked before each connection: ports and addresses come and go. An address that came within the last second may be missed: what that brings to the proxy again ends with that second.</summary>
    public bool IsProxy(IPEndPoint endpoint) => ProxyPorts.Contains(endpoint.Port) && OwnAddresses.Contains(endpoint.Address);

    /// <summary>Finds the addresses of a name. That may take its time, in which it holds up nothing else.</summary>
    public virtual async Task<IPAddress[]> LookUpAsync(string name, CancellationToken stop)
    {
        await _lookups.WaitAsync(stop).ConfigureAwait(false);
        // A thread of its own: the system's resolver blocks, and would take the pool's threads from the connections.
        Task<IPAddress[]> lookup = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return Dns.GetHostAddresses(name);
                }
                finally
                {
                    _lookups.Release();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        return await lookup.WaitAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Connects.</summary>
    public virtual async ValueTask<Socket> ConnectAsync(IPEndPoint endpoint, CancellationToken stop)
    {
        Socket socket = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(endpoint, stop).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether a connection failed for want of something on this machine, which says nothing about the target: no more files, ports or memory, or no address to come from.</summary>
    public static bool IsOwnTrouble(Exception failure) => failure is not (SocketException or OperationCanceledException)
        || failure is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.AddressNotAvailable or SocketError.NoBufferSpaceAvailable or SocketError.ProcessLimit }
        || failure is SocketException { NativeErrorCode: OutOfMemory };

    /// <summary>Says so in the log, at most once a second.</summary>
    public void TellOwnTrouble(IPEndPoint endpoint, Exception failure)
    {
        if (_tellTrouble.IsDue())
        {
            logger.LogError("This machine cannot open a connection to {Endpoint}: {Failure}", endpoint, failure.Message);
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DemoNetwork;

/// <summary>
/// A host of a made network: a network namespace without a name, held by this object's file descriptor alone. The kernel removes it, with its interfaces,
/// when the last holder is gone: this object, the sockets opened in it, and the processes started in it; so nothing stays behind even after SIGKILL.
/// </summary>
public sealed class NetworkHost : IDisposable
{
    // An orphaned connection keeps its namespace for as long as it tries to get its last bytes to a peer that may be gone: minutes by default.
    private const int TcpUserTimeout = 18;
    private static readonly byte[] TcpPatience = BitConverter.GetBytes(2_000); // milliseconds

    private readonly SafeFileHandle _namespace;

    private NetworkHost(string name, SafeFileHandle handle)
    {
        Name = name;
        _namespace = handle;
    }

    /// <summary>What this host is called in messages.</summary>
    public string Name { get; }

    /// <summary>Makes a host with nothing but a loopback interface, which is up. Needs root (CAP_SYS_ADMIN).</summary>
    /// <exception cref="NetworkHostException">The kernel refused.</exception>
    public static NetworkHost Create(string name)
    {
        SafeFileHandle handle = NamespaceThread.Run($"make host {name}", () =>
        {
            if (NativeMethods.Unshare(NativeMethods.CloneNewNet) != 0)
            {
                int error = Marshal.GetLastPInvokeError();
                throw new NetworkHostException(error == NativeMethods.Eperm
                    ? "Making network namespaces needs root (CAP_SYS_ADMIN): run it with sudo."
                    : $"Could not make a network namespace for host {name}: {NativeMethods.Describe(error)}.");
            }

            ForgetOrphansSoon();
            return OpenCurrentNamespace();
        });
        NetworkHost host = new(name, handle);
        try
        {
            host.SetUp("lo");
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>The same for connections of processes started in the host, which make their own sockets: one try more for the last bytes of those that they left.</summary>
    private static void ForgetOrphansSoon()
    {
        try
        {
            File.WriteAllText("/proc/sys/net/ipv4/tcp_orphan_retries", "1"); // of this thread's namespace, IPv6 included
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Where /proc/sys cannot be written, the host stays for as long as the kernel tries.
        }
    }

    /// <summary>
    /// Runs work on a thread of its own inside the host and waits for it. Sockets, links and processes that it opens belong to the host and may be used
    /// from anywhere afterwards. The work must not be asynchronous: a continuation would run outside.
    /// </summary>
    public T Run<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ObjectDisposedException.ThrowIf(_namespace.IsClosed, this);
        return NamespaceThread.Run($"host {Name}", () =>
        {
            if (NativeMethods.SetNamespace(_namespace, NativeMethods.CloneNewNet) != 0)
            {
                throw new NetworkHostException($"Could not enter host {Name}: {NativeMethods.Describe(Marshal.GetLastPInvokeError())}.");
            }

            T result = work();
            return result is Task ? throw new InvalidOperationException("Work inside a host runs synchronously: its continuations would run outside.") : result;
        });
    }

    /// <inheritdoc cref="Run{T}(Func{T})"/>
    public void Run(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Run(() =>
        {
            work();
            return true;
        });
    }

    /// <summary>Opens a socket that belongs to the host, whichever thread uses it. A TCP connection gives up when what it sent stays unacknowledged for two seconds.</summary>
    public Socket CreateSocket(AddressFamily family, SocketType type, ProtocolType protocol) => Run(() =>
    {
        Socket socket = new(family, type, protocol);
        if (protocol == ProtocolType.Tcp)
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, TcpPatience); // what a listener accepts inherits it
        }

        return socket;
    });

    /// <summary>Opens a TCP socket of the host that listens at an address and port.</summary>
    public Socket CreateListener(IPEndPoint endpoint)
    {
        Socket listener = CreateBoundSocket(endpoint);
        try
        {
            listener.Listen();
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Opens a TCP socket of the host that has an address and port, for a server that listens itself.</summary>
    public Socket CreateBoundSocket(IPEndPoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        Socket socket = CreateSocket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects from this host to a TCP server.</summary>
    /// <exception cref="TimeoutException">No answer within <paramref name="timeout"/>, or the two seconds of this host's sockets.</exception>
    /// <exception cref="SocketException">The connection was refused or the host cannot be reached.</exception>
    public async Task<Socket> ConnectAsync(IPEndPoint endpoint, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        Socket socket = CreateSocket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            await socket.ConnectAsync(endpoint, deadline.Token).ConfigureAwait(false);
            return socket;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException { SocketErrorCode: SocketError.TimedOut } && !cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new TimeoutException($"{endpoint} did not answer.");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>An HTTP client whose connections start from this host.</summary>
    /// <param name="connectTimeout">How long to wait for a connection before the request fails.</param>
    public HttpClient CreateHttpClient(TimeSpan connectTimeout)
    {
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.Zero, // each request is a connection of its own
            ConnectCallback = async (context, cancellationToken) =>
            {
                IPEndPoint endpoint = new(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port);
                return new NetworkStream(await ConnectAsync(endpoint, connectTimeout, cancellationToken).ConfigureAwait(false), ownsSocket: true);
            },
        };
        return new HttpClient(handler);
    }

    /// <summary>Starts a process inside the host. It keeps the host's network alive until it ends.</summary>
    public Process StartProcess(ProcessStartInfo startInfo)
        => Run(() => Process.Start(startInfo) ?? throw new NetworkHostException($"Could not start a process in host {Name}."));

    /// <summary>The host's interfaces.</summary>
    public IReadOnlyList<HostInterface> GetInterfaces() => WithRoute(LinkRequests.GetInterfaces);

    /// <summary>One of the host's interfaces.</summary>
    /// <exception cref="NetworkHostException">There is none of that name.</exception>
    public HostInterface GetInterface(string name) => WithRoute(route => Find(route, name));

    /// <summary>Brings an interface up.</summary>
    public void SetUp(string interfaceName)
        => WithRoute(route => LinkRequests.SetUp(route, Find(route, interfaceName).Index, interfaceName));

    /// <summary>Gives an interface an address. IPv6 addresses can be used at once: nothing waits for duplicates.</summary>
    public void AddAddress(string interfaceName, IPAddress address, int prefixLength)
        => WithRoute(route => LinkRequests.AddAddress(route, Find(route, interfaceName).Index, interfaceName, address, prefixLength));

    /// <summary>Sends what goes to a network by way of a gateway; prefix length 0 makes it the default route.</summary>
    public void AddRoute(IPAddress destination, int prefixLength, IPAddress gateway)
        => WithRoute(route => LinkRequests.AddRoute(route, destination, prefixLength, gateway));

    /// <summary>Gives the host up: it vanishes when its sockets are closed and its processes have ended.</summary>
    public void Dispose() => _namespace.Dispose();

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal void AddVeth(string name, NetworkHost peer, string peerName)
        => WithRoute(route => LinkRequests.AddVeth(route, name, peerName, peer._namespace));

    internal void AddBridge(string name) => WithRoute(route => LinkRequests.AddBridge(route, name));

    internal void AddBridgePort(string bridgeName, string portName) => WithRoute(route =>
        LinkRequests.SetMaster(route, Find(route, portName).Index, Find(route, bridgeName).Index, portName));

    private static SafeFileHandle OpenCurrentNamespace()
        => File.OpenHandle("/proc/thread-self/ns/net", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private HostInterface Find(NetlinkRoute route, string name)
        => LinkRequests.GetInterfaces(route).Find(i => i.Name == name)
            ?? throw new NetworkHostException($"Host {Name} has no interface '{name}'.");

    private void WithRoute(Action<NetlinkRoute> work) => Run(() =>
    {
        using NetlinkRoute route = NetlinkRoute.Open();
        work(route);
    });

    private T WithRoute<T>(Func<NetlinkRoute, T> work) => Run(() =>
    {
        using NetlinkRoute route = NetlinkRoute.Open();
        return work(route);
    });
}

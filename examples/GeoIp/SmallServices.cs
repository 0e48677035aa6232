using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GeoIp;

/// <summary>Three services to be counted: they know nothing of it.</summary>
internal sealed class SmallServices(RunOptions options, WordCloud words) : IHostedService
{
    internal const ushort HelloPort = 8081;
    internal const ushort SummitPort = 8082;
    internal const ushort WordPort = 8083;

    /// <summary>How many connections each service has at a time; more are closed at once.</summary>
    internal const int MaxConnections = 1_000;

    // Those who only sit there are sent away, so that there is room for others.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private WebApplication? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = 0;
            server.Limits.MaxConcurrentConnections = MaxConnections; // of each port
            server.Limits.KeepAliveTimeout = Patience; // the first request has to begin within it, too
            server.Limits.RequestHeadersTimeout = Patience;
            foreach (ushort port in RunOptions.SmallServicePorts)
            {
                server.Listen(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port);
            }
        });
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = at => Bind((IPEndPoint)at));
        _server = builder.Build();
        _server.Run(AnswerAsync);
        try
        {
            await _server.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse })
        {
            throw TakenPort();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw TakenPort();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
        {
            await _server.StopAsync(cancellationToken);
            await _server.DisposeAsync();
        }
    }

    private static ExampleHost.UserErrorException TakenPort() => new($"Another program serves one of the ports {string.Join(", ", RunOptions.SmallServicePorts)}: count its connections with --port, or stop it.");

    /// <summary>IPv4 and IPv6 with one socket.</summary>
    private Socket Bind(IPEndPoint at)
    {
        Socket socket = options.Host is { } host ? host.CreateSocket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (at.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }

            socket.Bind(at);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        (int status, string text) = context.Connection.LocalPort switch
        {
            HelloPort => (StatusCodes.Status200OK, "Hello World!"),
            SummitPort => (StatusCodes.Status200OK, "eBPF Summit"),
            _ => Submit(path.Trim('/')),
        };
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }

    private (int Status, string Text) Submit(string word) => word switch
    {
        "" => (StatusCodes.Status200OK, "Submit a word: /WORD"),
        "favicon.ico" => (StatusCodes.Status404NotFound, "There is none."),
        _ when words.TryAdd(word) => (StatusCodes.Status200OK, $"Submitted word: {word}"),
        _ => (StatusCodes.Status400BadRequest, $"A word has at most {WordCloud.LongestWord} characters, and none that cannot be seen."),
    };

    /// <summary>Leaves signals alone.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ExampleHost;

/// <summary>
/// The host that an example's services run in. Signals are the command line's: its token stops the host. Logs go to standard error, so that standard output
/// is the example's own.
/// </summary>
public static class ExampleServer
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(4);

    /// <summary>Runs services until they are asked to stop, or one of them fails, whose exception this throws.</summary>
    /// <param name="http">Where the routes are served; <see langword="null"/> for nowhere.</param>
    /// <param name="services">Adds the services.</param>
    /// <param name="routes">Adds what is served.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="started">Called once when all have started.</param>
    /// <exception cref="UserErrorException">The address to listen at is taken, or not this machine's.</exception>
    public static async Task RunAsync(HttpEndpoint? http, Action<IServiceCollection> services, Action<IEndpointRouteBuilder>? routes, CancellationToken stop, Action<IServiceProvider>? started = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        await Task.Yield(); // Ctrl+C and SIGTERM are listened to once a command has given its task back
        using IHost host = http is null ? BuildHost(services) : BuildWebHost(http, services, routes);
        try
        {
            await host.StartAsync(stop);
            started?.Invoke(host.Services);
            await host.WaitForShutdownAsync(stop);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException || e.InnerException?.InnerException is AddressInUseException)
        {
            throw http!.Explain(new SocketException((int)SocketError.AddressAlreadyInUse));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested || host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested)
        {
            // Asked to stop while it started, from outside or by one of the services.
        }
        finally
        {
            await StopAsync(host);
        }

        // The host ends quietly when one of its services fails.
        foreach (BackgroundService service in host.Services.GetServices<IHostedService>().OfType<BackgroundService>())
        {
            if (service.ExecuteTask is { IsFaulted: true } failed)
            {
                await failed;
            }
        }
    }

    private static async Task StopAsync(IHost host)
    {
        using CancellationTokenSource deadline = new(ShutdownTimeout);
        await host.StopAsync(deadline.Token);
    }

    private static IHost BuildHost(Action<IServiceCollection> services)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        Configure(builder, services);
        return builder.Build();
    }

    private static WebApplication BuildWebHost(HttpEndpoint http, Action<IServiceCollection> services, Action<IEndpointRouteBuilder>? routes)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        Configure(builder, services);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Listen(http.Address);
        });
        builder.WebHost.UseSockets(options => options.CreateBoundListenSocket = at => Bind(http, (IPEndPoint)at));
        WebApplication application = builder.Build();
        application.Use((context, next) => http.Serves(context.Request) ? next(context) : RefuseAsync(context));
        application.UseRouting();
        routes?.Invoke(application);
        return application;
    }

    private static Socket Bind(HttpEndpoint http, IPEndPoint at)
    {
        try
        {
            return http.Socket ?? http.Host?.CreateBoundSocket(at) ?? SocketTransportOptions.CreateDefaultBoundListenSocket(at);
        }
        catch (SocketException e) when (e.SocketErrorCode is not SocketError.AddressAlreadyInUse) // that is told by the server, as when it begins to listen
        {
            throw http.Explain(e);
        }
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync("This is served to who asks for it by its address, and not to the pages of others.\n", context.RequestAborted);
    }

    private static void Configure(IHostApplicationBuilder builder, Action<IServiceCollection> services)
    {
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // a service's failure is told by the command line, in one sentence
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        services(builder.Services);
    }

    /// <summary>Leaves signals alone.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

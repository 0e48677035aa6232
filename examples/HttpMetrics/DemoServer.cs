using System.Collections.Concurrent;
using System.Net;
using System.Text;
using DemoNetwork;
using ExampleHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HttpMetrics;

/// <summary>
/// The server of the demo: answers with a random integer after up to ten milliseconds, with status 500 when it is divisible by five, and counts what it does itself.
/// </summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private const int LongestDelay = 10; // milliseconds

    private readonly ConcurrentDictionary<IPAddress, OwnCount> _counts = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private readonly int _longestDelay;

    private DemoServer(NetworkHost? host, IPEndPoint at, int longestDelay, TaskCompletionSource started)
    {
        Address = at;
        _longestDelay = longestDelay;
        _running = ExampleServer.RunAsync(new HttpEndpoint(at, host), _ => { }, routes => routes.MapGet("/", AnswerAsync), _stopping.Token, _ => started.SetResult());
    }

    /// <summary>Where it listens.</summary>
    internal IPEndPoint Address { get; }

    /// <summary>Starts one, on a made host or here.</summary>
    internal static async Task<DemoServer> StartAsync(NetworkHost? host, IPEndPoint at, int longestDelay = LongestDelay)
    {
        TaskCompletionSource started = new();
        DemoServer server = new(host, at, longestDelay, started);
        await await Task.WhenAny(started.Task, server._running);
        return server;
    }

    /// <summary>What it counted for a client.</summary>
    internal OwnCount CountOf(IPAddress client) => _counts.GetOrAdd(client, _ => new OwnCount());

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        OwnCount count = CountOf(context.Connection.RemoteIpAddress!);
        Interlocked.Increment(ref count.Requests);
        int number = Random.Shared.Next();
        if (_longestDelay > 0)
        {
            await Task.Delay(Random.Shared.Next(_longestDelay + 1));
        }

        bool failed = number % 5 == 0;
        Interlocked.Increment(ref failed ? ref count.Failures : ref count.Successes);
        byte[] body = Encoding.ASCII.GetBytes($"{number}\n");
        context.Response.StatusCode = failed ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK;
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>What the server counted itself.</summary>
    internal sealed class OwnCount
    {
        internal long Requests;
        internal long Successes;
        internal long Failures;
    }
}

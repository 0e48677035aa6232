using System.Net;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using ExampleHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GeoIp.Web;

/// <summary>The figures as JSON, the stream of them that the page listens to, and a way to inject an address.</summary>
internal static class Api
{
    private const int MostAddresses = 10_000;
    private const int LongestBody = 256;

    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        IServiceProvider services = routes.ServiceProvider;
        Traffic traffic = services.GetRequiredService<Traffic>();
        WordCloud words = services.GetRequiredService<WordCloud>();
        RunOptions options = services.GetRequiredService<RunOptions>();
        LiveView live = services.GetRequiredService<LiveView>();
        CancellationToken stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

        routes.MapGet("/api/countries", context => AnswerAsync(context, traffic.Read().Countries, JsonTypes.Default.IReadOnlyListCountryCount));
        routes.MapGet("/api/cities", context => AnswerAsync(context, traffic.Read().Cities, JsonTypes.Default.IReadOnlyListCityCount));
        routes.MapGet("/api/services", context => AnswerAsync(context, traffic.Read().Services, JsonTypes.Default.IReadOnlyListServiceCount));
        routes.MapGet("/api/addresses", context => AnswerAsync(context, traffic.ReadAddresses(MostAddresses), JsonTypes.Default.IReadOnlyListAddressCount));
        routes.MapGet("/api/words", context => AnswerAsync(context, words.Read(), JsonTypes.Default.IReadOnlyListWordCount));
        routes.MapGet("/api/totals", context => AnswerAsync(context, traffic.Read().Totals with { ForgottenWords = words.Forgotten }, JsonTypes.Default.TrafficTotals));
        routes.MapGet("/api/events", context => StreamAsync(context, live, stopping));
        routes.MapPost("/request", context => InjectAsync(context, traffic, options));
    }

    private static Task AnswerAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(value, type, cancellationToken: context.RequestAborted);
    }

    /// <summary>Server-sent events: each is all that the page shows.</summary>
    private static async Task StreamAsync(HttpContext context, LiveView live, CancellationToken stopping)
    {
        if (!live.TryOpen())
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync($"{LiveView.MaxPages} pages are open: there is no room for more.\n", context.RequestAborted);
            return;
        }

        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            for (byte[]? seen = null; ;)
            {
                seen = await live.NextAsync(seen, ending.Token);
                await context.Response.Body.WriteAsync("data: "u8.ToArray(), ending.Token);
                await context.Response.Body.WriteAsync(seen, ending.Token);
                await context.Response.Body.WriteAsync("\n\n"u8.ToArray(), ending.Token);
                await context.Response.Body.FlushAsync(ending.Token);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The page was closed, or the program is about to end.
        }
        finally
        {
            live.Close();
        }
    }

    /// <summary>The body is an address, and a port if it is not to be the first one.</summary>
    private static async Task InjectAsync(HttpContext context, Traffic traffic, RunOptions options)
    {
        byte[] body = new byte[LongestBody + 1];
        int length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        string text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(length, LongestBody))).Trim();
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        ushort port = options.Ports[0];
        string? mistake = null;
        IPNetwork network = default;
        if (length > LongestBody || words.Length is 0 or > 2)
        {
            mistake = "The body is to be an address, or an address and a port.";
        }
        else if (words.Length == 2 && !(ushort.TryParse(words[1], out port) && options.Ports.Contains(port)))
        {
            mistake = $"'{words[1]}' is none of the ports that are counted for: {string.Join(", ", options.Ports)}.";
        }
        else
        {
            try
            {
                network = NetworkArgument.Parse(words[0]);
                mistake = words[0].Contains('/') ? $"'{words[0]}' is a network: write one address." : null;
            }
            catch (UserErrorException e)
            {
                mistake = e.Message;
            }
        }

        if (mistake is null)
        {
            traffic.Add(network.BaseAddress, port, 1);
        }

        context.Response.StatusCode = mistake is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync((mistake ?? $"{network.BaseAddress} counted for port {port}") + "\n", context.RequestAborted);
    }
}

using System.Net;
using DemoNetwork;

namespace XdpDrop;

/// <summary>A page that a host of the demo serves.</summary>
/// <param name="Host">The host.</param>
/// <param name="Address">Where the page is.</param>
/// <param name="Text">What it says.</param>
internal sealed record DemoPage(NetworkHost Host, Uri Address, string Text)
{
    internal const string NoAnswer = "no answer";

    // Long enough for a busy machine where an answer will come; short where everybody would have to wait for nothing.
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortPatience = TimeSpan.FromMilliseconds(800);

    /// <summary>Starts to serve it.</summary>
    internal WebServer Serve()
        => WebServer.Start(Host, new IPEndPoint(IPAddress.Parse(Address.Host), Address.Port), path => path == Address.AbsolutePath ? Text : null);

    /// <summary>Asks for it from a host: what came back, or why nothing did.</summary>
    internal async Task<string> AskAsync(NetworkHost from, string expected, CancellationToken cancellationToken)
    {
        TimeSpan patience = expected == NoAnswer ? ShortPatience : LongPatience;
        using HttpClient client = from.CreateHttpClient(connectTimeout: patience);
        client.Timeout = 2 * patience;
        try
        {
            return await client.GetStringAsync(Address, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && e.InnerException is TimeoutException)
        {
            return NoAnswer;
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }
}

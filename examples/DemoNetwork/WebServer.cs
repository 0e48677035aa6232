using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DemoNetwork;

/// <summary>A web server of a host, as small as can be: answers GET requests for known paths with plain text, everything else with 404.</summary>
public sealed class WebServer : IAsyncDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);

    private readonly Socket _listener;
    private readonly Func<string, string?> _answer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, bool> _requests = new();
    private readonly Task _accepting;

    private WebServer(Socket listener, Func<string, string?> answer)
    {
        _listener = listener;
        _answer = answer;
        _accepting = AcceptAsync();
    }

    /// <summary>Starts a server in a host.</summary>
    /// <param name="host">The host whose address it listens at.</param>
    /// <param name="endpoint">The address and port; port 0 lets the kernel choose.</param>
    /// <param name="answer">The text for a path, or <see langword="null"/> for 404.</param>
    public static WebServer Start(NetworkHost host, IPEndPoint endpoint, Func<string, string?> answer)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new WebServer(host.CreateListener(endpoint), answer);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Stops listening and waits for requests under way, which are cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_requests.Keys).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                Task request = ServeAsync(client);
                _requests.TryAdd(request, true);
                _ = request.ContinueWith(done => _requests.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        deadline.CancelAfter(RequestTimeout);
        try
        {
            using NetworkStream stream = new(client, ownsSocket: true);
            using StreamReader reader = new(stream, Encoding.ASCII);
            string? requestLine = await reader.ReadLineAsync(deadline.Token).ConfigureAwait(false);
            while (!string.IsNullOrEmpty(await reader.ReadLineAsync(deadline.Token).ConfigureAwait(false)))
            {
                // Headers do not change the answer.
            }

            string[] words = requestLine?.Split(' ') ?? [];
            string? text = words is ["GET", string path, ..] ? _answer(path) : null;
            string status = text is null ? "404 Not Found" : "200 OK";
            text ??= "not found\n";
            string response = $"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {Encoding.UTF8.GetByteCount(text)}\r\nConnection: close\r\n\r\n{text}";
            await stream.WriteAsync(Encoding.UTF8.GetBytes(response), deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The client went away, or the server is being stopped.
        }
    }
}

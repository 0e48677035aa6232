using System.Collections.Concurrent;
using System.Net.Sockets;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>Clients that connect through the proxy, one connection after another, and take note of each that fails.</summary>
internal sealed class ClientLoad : IAsyncDisposable
{
    private const int Clients = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly Task _running;
    private int _served;

    internal ClientLoad(ProxiedNetwork network, params int[] ports) => _running = Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
    {
        for (int count = 0; !_ending.IsCancellationRequested; count++)
        {
            int port = ports[count % ports.Length];
            try
            {
                string answer = await network.AskAsync(port, $"{client}.{count}");
                if (!answer.EndsWith($" {client}.{count}", StringComparison.Ordinal))
                {
                    _failures.Enqueue($"port {port}: answered '{answer}'");
                }

                Interlocked.Increment(ref _served);
            }
            catch (Exception e) when (e is SocketException or TimeoutException)
            {
                _failures.Enqueue($"port {port}: {e.Message}");
            }
        }
    })));

    /// <summary>Waits until so many more were served.</summary>
    internal async Task MoreAsync(int count)
    {
        int enough = Volatile.Read(ref _served) + count;
        long start = Environment.TickCount64;
        while (Volatile.Read(ref _served) < enough)
        {
            Assert.True(Environment.TickCount64 - start < Patience.TotalMilliseconds, $"Clients are not served: {string.Join(", ", _failures.Take(10))}");
            await Task.Delay(10);
        }
    }

    internal async Task AssertNoFailureAsync()
    {
        await _ending.CancelAsync();
        await _running;
        Assert.Empty(_failures);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
    }
}

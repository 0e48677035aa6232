using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace EbpfNet.ExampleTests;

/// <summary>What comes to be so within a moment.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    internal static Task IsSoAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string description = "")
        => IsSoAsync(() => Task.FromResult(condition()), description);

    /// <summary>Waits until something is so. A connection that fails means that it is not yet.</summary>
    internal static async Task IsSoAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string description = "")
    {
        for (long start = Environment.TickCount64; Environment.TickCount64 - start < Patience.TotalMilliseconds; await Task.Delay(20))
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or HttpRequestException or TimeoutException)
            {
                // Not yet.
            }
        }

        Assert.Fail($"It did not come to that: {description}");
    }
}

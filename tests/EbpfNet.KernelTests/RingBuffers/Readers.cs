namespace EbpfNet.KernelTests.RingBuffers;

/// <summary>What tests of readers on other threads wait for.</summary>
internal static class Readers
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    internal static async Task WaitUntil(Func<bool> holds)
    {
        using var end = new CancellationTokenSource(Patience);
        while (!holds())
        {
            await Task.Delay(1, end.Token);
        }
    }

    /// <summary>Waits until a buffer is being read, by a look that is refused then, or the reader has ended.</summary>
    internal static Task WaitUntilIsRead(Task reader, Action look) => WaitUntil(() => reader.IsCompleted || (Record.Exception(look) is { } e && IsRefusal(e)));

    /// <summary>Reads as soon as no other reader is there: the test's own look is one, too.</summary>
    internal static T ReadWhenFree<T>(Func<T> read)
    {
        long start = Environment.TickCount64;
        while (true)
        {
            try
            {
                return read();
            }
            catch (InvalidOperationException e) when (IsRefusal(e) && Environment.TickCount64 - start < Patience.TotalMilliseconds)
            {
                Thread.Yield();
            }
        }
    }

    internal static void ReadWhenFree(Action read) => ReadWhenFree(() =>
    {
        read();
        return true;
    });

    private static bool IsRefusal(Exception e) => e is InvalidOperationException && e.Message.StartsWith("Somebody is reading", StringComparison.Ordinal);
}

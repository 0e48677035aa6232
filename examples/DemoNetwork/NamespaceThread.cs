using System.Runtime.ExceptionServices;

namespace DemoNetwork;

/// <summary>
/// Runs work on a thread of its own that ends with it. A thread that has entered a network namespace must never go back to a pool:
/// whatever ran there next would open its sockets in the wrong network.
/// </summary>
internal static class NamespaceThread
{
    internal static T Run<T>(string name, Func<T> work)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                result = work();
            }
#pragma warning disable CA1031 // Whatever it is, it is thrown again on the thread that asked.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}

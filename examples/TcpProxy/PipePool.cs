using System.Collections.Concurrent;
using System.IO.Pipelines;

namespace TcpProxy;

/// <summary>Pipes to be used again: short connections come by the thousand.</summary>
/// <param name="options">How they are made.</param>
internal sealed class PipePool(PipeOptions options)
{
    private const int Most = 1024;

    private readonly ConcurrentQueue<Pipe> _pipes = [];
    private int _count;

    public Pipe Rent()
    {
        if (!_pipes.TryDequeue(out Pipe? pipe))
        {
            return new Pipe(options);
        }

        Interlocked.Decrement(ref _count);
        return pipe;
    }

    /// <summary>Gives back one whose reader and writer are completed.</summary>
    public void Return(Pipe pipe)
    {
        if (Interlocked.Increment(ref _count) > Most)
        {
            Interlocked.Decrement(ref _count);
            return;
        }

        pipe.Reset();
        _pipes.Enqueue(pipe);
    }
}

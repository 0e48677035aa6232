using System.IO.Pipelines;
using System.Text;

namespace TcpRtt;

/// <summary>What the service writes, line by line, as its reader gets it.</summary>
internal sealed class DemoLines : IDisposable
{
    // Long enough for a busy machine where a line will come; short where everybody would have to wait for nothing.
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortPatience = TimeSpan.FromMilliseconds(300);

    private readonly Pipe _pipe = new();
    private readonly StreamReader _reader;
    private Task<string?>? _next;

    internal DemoLines() => _reader = new StreamReader(_pipe.Reader.AsStream(), Encoding.UTF8);

    /// <summary>Where the service writes.</summary>
    internal Stream Output => _pipe.Writer.AsStream();

    /// <summary>Waits for so many lines, and a moment for more, which should not come.</summary>
    internal async Task<IReadOnlyList<string>> ReadAsync(int expected, CancellationToken stop)
    {
        List<string> lines = [];
        while (true)
        {
            _next ??= _reader.ReadLineAsync(CancellationToken.None).AsTask();
            try
            {
                lines.Add(await _next.WaitAsync(lines.Count < expected ? LongPatience : ShortPatience, stop) ?? throw new EndOfStreamException("the service has ended"));
                _next = null;
            }
            catch (TimeoutException)
            {
                return lines; // What is being read is read by the next call.
            }
        }
    }

    public void Dispose() => _reader.Dispose();
}

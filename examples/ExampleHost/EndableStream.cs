using System.Diagnostics;

namespace ExampleHost;

/// <summary>
/// Standard output or standard error. Where the reader stands still, writing waits for it; once the program is to end, not for long: the rest goes nowhere, so that what is attached
/// and loaded is put in order.
/// </summary>
internal sealed class EndableStream(int fileDescriptor, Stream output) : Stream
{
    /// <summary>A pipe that is ready for writing takes as much at once (PIPE_BUF).</summary>
    private const int PieceLength = 4096;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PatienceAtEnd = TimeSpan.FromMilliseconds(300);

    private static volatile bool _isEnding;

    private bool _isGivenUp;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Has what the console is written to go through such streams.</summary>
    public static void UseForConsole()
    {
        Console.SetOut(Writer(StandardOutput.Open()));
        Console.SetError(Writer(new EndableStream(fileDescriptor: 2, Console.OpenStandardError())));

        static StreamWriter Writer(Stream stream) => new(stream, Console.OutputEncoding) { AutoFlush = true };
    }

    /// <summary>From now on no reader is waited for that stands still.</summary>
    public static void End() => _isEnding = true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        for (; buffer.Length > 0 && IsTaken(); buffer = buffer[Math.Min(PieceLength, buffer.Length)..])
        {
            output.Write(buffer[..Math.Min(PieceLength, buffer.Length)]);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => output.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Waits until a piece can be written, or an error comes of it; false where that is given up.</summary>
    private bool IsTaken()
    {
        long? endingSince = null;
        while (!_isGivenUp && Readiness.Of(fileDescriptor, Look) == ReadyFor.Nothing)
        {
            if (_isEnding)
            {
                endingSince ??= Stopwatch.GetTimestamp();
                _isGivenUp = Stopwatch.GetElapsedTime(endingSince.Value) >= PatienceAtEnd;
            }
        }

        return !_isGivenUp;
    }
}

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>One run of an iterator: the program is run as its output is read.</summary>
internal sealed class IteratorStream(BpfHandle file, string what) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            BpfErrno error = FileReading.Read(file, buffer, out int read);
            switch (error)
            {
                case BpfErrno.None:
                    return read;

                // EAGAIN: the program has seen very many things without writing anything, and the kernel takes a break.
                case BpfErrno.EAGAIN or BpfErrno.EINTR:
                    continue;
                default:
                    throw SyscallErrors.Create(error, "read", $"read {what}", error == BpfErrno.E2BIG ? "The program writes more about one thing than the kernel buffers (8 pages)" : null);
            }
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }
}

using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>The system call that messages are read with.</summary>
public enum ReadCall
{
    /// <summary><c>read</c>.</summary>
    Read,

    /// <summary><c>readv</c>, into buffers of a few bytes.</summary>
    ReadVectors,

    /// <summary><c>recvfrom</c>.</summary>
    ReceiveFrom,

    /// <summary><c>recvfrom</c>, after the same with <c>MSG_PEEK</c>.</summary>
    PeekThenReceive,

    /// <summary><c>recvmsg</c>, into buffers of a few bytes.</summary>
    ReceiveMessage,
}

/// <summary>The system calls that messages are written with.</summary>
public enum WriteCall
{
    /// <summary><c>write</c>.</summary>
    Write,

    /// <summary><c>writev</c>, from buffers of a few bytes.</summary>
    WriteVectors,

    /// <summary><c>sendto</c>.</summary>
    SendTo,

    /// <summary><c>sendmsg</c>, from buffers of a few bytes.</summary>
    SendMessage,

    /// <summary><c>write</c> for the head, <c>sendfile</c> for the body.</summary>
    WriteThenSendFile,
}

/// <summary>Reads and writes a connection with chosen system calls.</summary>
internal sealed unsafe partial class TransferCalls : IDisposable
{
    private const int Peek = 2;
    private const int Piece = 5; // bytes of each buffer of several
    private const int MostPieces = 512;

    private readonly Socket _connection;
    private readonly int _descriptor;
    private readonly ReadCall _reads;
    private readonly WriteCall _writes;
    private readonly string _file = Path.GetTempFileName();

    internal TransferCalls(Socket connection, ReadCall reads, WriteCall writes)
    {
        _connection = connection;
        _connection.Blocking = true;
        _descriptor = (int)connection.Handle;
        _reads = reads;
        _writes = writes;
    }

    /// <summary>Reads what there is, and waits if there is nothing; 0 at the end.</summary>
    internal int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            IoVector* vectors = stackalloc IoVector[MostPieces];
            int count = Split(start, buffer.Length, vectors);
            SocketMessage message = new() { Vectors = vectors, Count = (nuint)count };
            if (_reads == ReadCall.PeekThenReceive)
            {
                Check(recv(_descriptor, start, (nuint)buffer.Length, Peek));
            }

            return Check(_reads switch
            {
                ReadCall.Read => read(_descriptor, start, (nuint)buffer.Length),
                ReadCall.ReadVectors => readv(_descriptor, vectors, count),
                ReadCall.ReceiveMessage => recvmsg(_descriptor, &message, 0),
                _ => recv(_descriptor, start, (nuint)buffer.Length, 0),
            });
        }
    }

    /// <summary>Reads so many bytes, whatever pieces they come in.</summary>
    internal void ReadAll(int bytes)
    {
        Span<byte> buffer = stackalloc byte[bytes];
        while (bytes > 0)
        {
            int read = Read(buffer[..bytes]);
            Assert.True(read > 0, $"the connection ended with {bytes} bytes to come");
            bytes -= read;
        }
    }

    /// <summary>Writes a message, or a part of its head.</summary>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        int head = _writes == WriteCall.WriteThenSendFile && bytes.IndexOf("\r\n\r\n"u8) is >= 0 and int end ? end + 4 : bytes.Length;
        fixed (byte* start = bytes)
        {
            IoVector* vectors = stackalloc IoVector[MostPieces];
            int count = Split(start, head, vectors);
            SocketMessage message = new() { Vectors = vectors, Count = (nuint)count };
            int written = Check(_writes switch
            {
                WriteCall.WriteVectors => writev(_descriptor, vectors, count),
                WriteCall.SendTo => send(_descriptor, start, (nuint)head, 0),
                WriteCall.SendMessage => sendmsg(_descriptor, &message, 0),
                _ => write(_descriptor, start, (nuint)head),
            });
            Assert.Equal(head, written);
        }

        if (head < bytes.Length)
        {
            File.WriteAllBytes(_file, bytes[head..]);
            using FileStream body = File.OpenRead(_file);
            Assert.Equal(bytes.Length - head, Check(sendfile(_descriptor, (int)body.SafeFileHandle.DangerousGetHandle(), null, (nuint)(bytes.Length - head))));
        }
    }

    public void Dispose() => File.Delete(_file);

    private static int Split(byte* start, int length, IoVector* vectors)
    {
        int count = 0;
        for (int offset = 0; offset < length; offset += Piece)
        {
            vectors[count++] = new IoVector { Base = start + offset, Length = (nuint)Math.Min(Piece, length - offset) };
        }

        return count;
    }

    private static int Check(nint result) => result >= 0 ? (int)result : throw new Win32Exception(Marshal.GetLastPInvokeError());

#pragma warning disable IDE1006, SA1300 // the system's names
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readv(int descriptor, IoVector* vectors, int count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int descriptor, SocketMessage* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint writev(int descriptor, IoVector* vectors, int count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int descriptor, SocketMessage* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendfile(int to, int from, long* offset, nuint length);
#pragma warning restore IDE1006, SA1300
}

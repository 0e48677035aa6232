using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>Ways of reading and writing a connection that no program looks into.</summary>
public enum UnseenCall
{
    /// <summary><c>io_uring</c>, when there is something to read.</summary>
    Ring,

    /// <summary><c>io_uring</c>, told to read before there is anything: it does so at the end of whatever system call comes then.</summary>
    RingBefore,

    /// <summary><c>recvmmsg</c> and <c>sendmmsg</c>.</summary>
    SeveralMessages,

    /// <summary><c>splice</c>.</summary>
    Splice,
}

/// <summary>Reads and writes a connection in such a way.</summary>
internal sealed unsafe partial class UnseenCalls : IDisposable
{
    private const int MostBytes = 256;

    private readonly int _descriptor;
    private readonly UnseenCall _way;
    private readonly IoRing? _ring;
    private readonly byte* _bytes = (byte*)NativeMemory.AllocZeroed(MostBytes);

    internal UnseenCalls(Socket connection, UnseenCall way)
    {
        _descriptor = (int)connection.Handle;
        _way = way;
        _ring = way is UnseenCall.Ring or UnseenCall.RingBefore ? new IoRing() : null;
        if (way == UnseenCall.RingBefore)
        {
            _ring!.Begin(IoRing.Receive, _descriptor, _bytes, MostBytes);
        }
    }

    /// <summary>Reads what was sent.</summary>
    internal void Read(int bytes)
    {
        switch (_way)
        {
            case UnseenCall.Ring:
                _ring!.Begin(IoRing.Receive, _descriptor, _bytes, MostBytes);
                Assert.Equal(bytes, _ring.End());
                break;
            case UnseenCall.RingBefore:
                Assert.Equal(bytes, _ring!.End());
                break;
            case UnseenCall.SeveralMessages:
                Assert.Equal(bytes, Transfer(MostBytes, isWrite: false));
                break;
            default:
                (int reads, int writes) = Pipe();
                Assert.Equal(bytes, Check(splice(_descriptor, null, writes, null, MostBytes, 0)));
                Close(reads, writes);
                break;
        }
    }

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(_bytes, MostBytes));
        switch (_way)
        {
            case UnseenCall.Ring or UnseenCall.RingBefore:
                _ring!.Begin(IoRing.Send, _descriptor, _bytes, bytes.Length);
                Assert.Equal(bytes.Length, _ring.End());
                break;
            case UnseenCall.SeveralMessages:
                Assert.Equal(bytes.Length, Transfer(bytes.Length, isWrite: true));
                break;
            default:
                (int reads, int writes) = Pipe();
                Assert.Equal(bytes.Length, Check(write(writes, _bytes, (nuint)bytes.Length)));
                Assert.Equal(bytes.Length, Check(splice(reads, null, _descriptor, null, (nuint)bytes.Length, 0)));
                Close(reads, writes);
                break;
        }
    }

    public void Dispose()
    {
        _ring?.Dispose();
        NativeMemory.Free(_bytes);
    }

    private int Transfer(int length, bool isWrite)
    {
        IoVector vector = new() { Base = _bytes, Length = (nuint)length };
        Counted message = new() { Message = new SocketMessage { Vectors = &vector, Count = 1 } };
        Assert.Equal(1, Check(isWrite ? sendmmsg(_descriptor, &message, 1, 0) : recvmmsg(_descriptor, &message, 1, 0, null)));
        return message.Bytes;
    }

    private static (int Reads, int Writes) Pipe()
    {
        int* ends = stackalloc int[2];
        Check(pipe(ends));
        return (ends[0], ends[1]);
    }

    private static void Close(int reads, int writes)
    {
        Check(close(reads));
        Check(close(writes));
    }

    private static int Check(nint result) => result >= 0 ? (int)result : throw new Win32Exception(Marshal.GetLastPInvokeError());

#pragma warning disable IDE1006, SA1300 // the system's names
    [LibraryImport("libc", SetLastError = true)]
    private static partial int recvmmsg(int descriptor, Counted* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sendmmsg(int descriptor, Counted* messages, uint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint splice(int from, long* fromOffset, int to, long* toOffset, nuint length, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe(int* ends);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
#pragma warning restore IDE1006, SA1300

    /// <summary><c>struct mmsghdr</c>.</summary>
    private struct Counted
    {
        public SocketMessage Message;
        public int Bytes;
    }
}

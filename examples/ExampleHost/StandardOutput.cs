using System.Runtime.InteropServices;

namespace ExampleHost;

/// <summary>Whether anybody reads what is written: into a pipe that nobody reads any more, .NET writes without a word.</summary>
public static partial class StandardOutput
{
    private const int FileDescriptor = 1;
    private const short Error = 0x8; // POLLERR: a pipe without readers
    private const short HungUp = 0x10; // POLLHUP: a terminal that went away

    /// <summary>Whether its reader is gone.</summary>
    public static bool IsClosed
    {
        get
        {
            PollRequest request = new() { FileDescriptor = FileDescriptor };
            return Poll(ref request, 1, 0) > 0 && (request.Found & (Error | HungUp)) != 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollRequest requests, nuint count, int milliseconds);

    /// <summary><c>struct pollfd</c>.</summary>
    private struct PollRequest
    {
        public int FileDescriptor;
        public short Asked;
        public short Found;
    }
}

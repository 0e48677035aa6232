using System.Runtime.InteropServices;

namespace ExampleHost;

/// <summary>What a descriptor is ready for, as <c>poll</c> says it.</summary>
[Flags]
internal enum ReadyFor : short
{
    Nothing = 0,

    /// <summary>POLLOUT: a pipe has a page free at least.</summary>
    Writing = 0x4,

    /// <summary>POLLERR: a pipe without readers.</summary>
    Error = 0x8,

    /// <summary>POLLHUP: a terminal that went away.</summary>
    HangUp = 0x10,
}

/// <summary>Asks the kernel whether a descriptor may be written to.</summary>
internal static partial class Readiness
{
    /// <param name="fileDescriptor">The descriptor.</param>
    /// <param name="patience">How long to wait until it is ready for anything.</param>
    public static ReadyFor Of(int fileDescriptor, TimeSpan patience)
    {
        PollRequest request = new() { FileDescriptor = fileDescriptor, Asked = ReadyFor.Writing };
        return Poll(ref request, 1, (int)patience.TotalMilliseconds) > 0 ? request.Found : ReadyFor.Nothing;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollRequest requests, nuint count, int milliseconds);

    /// <summary><c>struct pollfd</c>.</summary>
    private struct PollRequest
    {
        public int FileDescriptor;
        public ReadyFor Asked;
        public ReadyFor Found;
    }
}

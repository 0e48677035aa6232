using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The C library's functions for events: epoll, eventfd, and the kernel's perf events.</summary>
internal static unsafe partial class EventCalls
{
    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    /// <param name="epoll">The epoll instance.</param>
    /// <param name="operation">Add, remove or change.</param>
    /// <param name="fd">The descriptor that is watched.</param>
    /// <param name="epollEvent">A <c>struct epoll_event</c>, whose layout differs between processors: see <see cref="EpollEvents"/>.</param>
    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int fd, byte* epollEvent);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* epollEvents, int maxEvents, int timeout);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, void* buffer, nuint count);

    /// <summary><c>perf_event_open()</c>, which has no wrapper of its own in the C library.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint PerfEventOpen(nint number, PerfEventAttribute* attribute, nint process, nint cpu, nint group, nint flags);

    /// <summary>The same with more of the attribute.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint PerfEventOpenProbe(nint number, PerfProbeAttribute* attribute, nint process, nint cpu, nint group, nint flags);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoControl(int fd, nuint request, nint argument);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DemoNetwork;

/// <summary>The few system calls that .NET does not offer.</summary>
internal static partial class NativeMethods
{
    internal const int CloneNewNet = 0x40000000;
    internal const int AfNetlink = 16;
    internal const int SockRaw = 3;
    internal const int SockCloexec = 0x80000;
    internal const int NetlinkRoute = 0;

    internal const int Eperm = 1;
    internal const int Eintr = 4;

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNamespace(SafeFileHandle handle, int kind);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(SafeFileHandle socket, ReadOnlySpan<byte> message, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(SafeFileHandle socket, Span<byte> buffer, nint length, int flags);

    /// <summary>The C library's words for an error number.</summary>
    internal static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);
}

using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>Reads from a descriptor that .NET has no stream for.</summary>
internal static unsafe partial class FileReading
{
    /// <param name="file">What to read from.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="read">How much; 0 at the end.</param>
    public static BpfErrno Read(BpfHandle file, Span<byte> buffer, out int read)
    {
        using BpfHandle.Lease fd = file.Acquire();
        fixed (byte* start = buffer)
        {
            nint result = Read(fd.Fd, start, (nuint)buffer.Length);
            read = result < 0 ? 0 : (int)result;
            return result < 0 ? (BpfErrno)Marshal.GetLastPInvokeError() : BpfErrno.None;
        }
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int fd, byte* buffer, nuint length);
}

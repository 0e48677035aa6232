using System.Globalization;
using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests;

/// <summary>Runs code as a process without capabilities would: on a thread of its own that gives them up, and ends with it.</summary>
internal static unsafe partial class WithoutCapabilities
{
    private const uint Version3 = 0x2008_0522;

    public static Exception? Run(Action action, Capabilities but = Capabilities.None)
    {
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            // Capabilities are each thread's own; the C library's wrapper changes this one only.
            but &= Own();
            uint* header = stackalloc uint[] { Version3, 0 };
            uint* kept = stackalloc uint[] { (uint)but, (uint)but, 0, (uint)((ulong)but >> 32), (uint)((ulong)but >> 32), 0 };
            thrown = SetCapabilities(header, kept) == 0 ? Record.Exception(action) : new InvalidOperationException($"capset: {Marshal.GetLastPInvokeError()}");
        });
        thread.Start();
        thread.Join();
        return thrown;
    }

    /// <summary>Those that this thread has: more are not to be had.</summary>
    private static Capabilities Own()
    {
        const string Key = "CapPrm:";
        string line = File.ReadLines("/proc/thread-self/status").Single(line => line.StartsWith(Key, StringComparison.Ordinal));
        return (Capabilities)ulong.Parse(line.AsSpan(Key.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static partial int SetCapabilities(uint* header, uint* data);
}

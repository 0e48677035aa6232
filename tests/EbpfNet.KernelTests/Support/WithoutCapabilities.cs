using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests;

/// <summary>Runs code as a process without any capability would: on a thread of its own that gives them up, and ends with it.</summary>
internal static unsafe partial class WithoutCapabilities
{
    private const uint Version3 = 0x2008_0522;

    public static Exception? Run(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            // Capabilities are each thread's own; the C library's wrapper changes this one only.
            uint* header = stackalloc uint[] { Version3, 0 };
            uint* none = stackalloc uint[6];
            thrown = SetCapabilities(header, none) == 0 ? Record.Exception(action) : new InvalidOperationException($"capset: {Marshal.GetLastPInvokeError()}");
        });
        thread.Start();
        thread.Join();
        return thrown;
    }

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static partial int SetCapabilities(uint* header, uint* data);
}

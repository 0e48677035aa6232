using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EbpfNet.ExampleTests;

/// <summary>Signals as a person or a service manager sends them.</summary>
internal static partial class Signal
{
    internal const int HangUp = 1;
    internal const int Interrupt = 2;
    internal const int Quit = 3;
    internal const int Kill = 9;
    internal const int Terminate = 15;
    internal const int Continue = 18;
    internal const int Stop = 19;

    internal static void Send(Process process, int signal) => Assert.Equal(0, SendSignal(process.Id, signal));

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}

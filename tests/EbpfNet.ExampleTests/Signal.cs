using System.Diagnostics;
using System.Globalization;
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

    /// <summary>Stops a process for a while.</summary>
    /// <returns>Whether it stands still; if not, it has ended.</returns>
    internal static bool Hold(Process process)
    {
        string threads = $"/proc/{process.Id.ToString(CultureInfo.InvariantCulture)}/task";
        while (SendSignal(process.Id, Stop) == 0)
        {
            try
            {
                // Each thread for itself: one in the middle of a system call stops after it.
                char[] states = [.. Directory.GetDirectories(threads).Select(thread => File.ReadAllText($"{thread}/stat")).Select(stat => stat[stat.LastIndexOf(')') + 2])];
                if (Array.TrueForAll(states, state => state == 'T'))
                {
                    return true;
                }

                if (Array.TrueForAll(states, state => state is 'Z' or 'X'))
                {
                    return false;
                }
            }
            catch (IOException)
            {
                // A thread has ended in between.
            }

            Thread.Yield();
        }

        return false;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}

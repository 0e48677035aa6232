using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>Undoes what no file descriptor holds when a signal ends the process: since .NET 10 <see cref="AppDomain.ProcessExit"/> is not raised for signals.</summary>
/// <remarks>
/// Handlers run in the reverse order of their registration: those that the application registers after this library's are asked first, and when one sets
/// <see cref="PosixSignalContext.Cancel"/>, the process goes on, and so do its attachments. So the library registers its own before anything else in it runs. A signal that the process
/// ignores (<c>nohup</c>) does not end it, nor does a SIGHUP for which a handler was there before: these are left alone.
/// </remarks>
internal static class TerminationSignals
{
    private const int HangUp = 1; // SIGHUP
    private const int Interrupt = 2; // SIGINT
    private const int Quit = 3; // SIGQUIT
    private const int Terminate = 15; // SIGTERM

    private static readonly List<PosixSignalRegistration> Registrations = [];

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A library that came later would detach what a process that survives its signals goes on using.")]
    internal static void Watch()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        ulong ignored = 0;
        ulong caught = 0;
        try
        {
            foreach (string line in File.ReadLines("/proc/self/status"))
            {
                ignored = line.StartsWith("SigIgn:", StringComparison.Ordinal) ? ReadMask(line) : ignored;
                caught = line.StartsWith("SigCgt:", StringComparison.Ordinal) ? ReadMask(line) : caught;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc they count as neither.
        }

        // The runtime itself catches the others from the start.
        foreach (int signal in (ReadOnlySpan<int>)[HangUp, Interrupt, Quit, Terminate])
        {
            if (!Has(ignored, signal) && !(signal == HangUp && Has(caught, signal)))
            {
                Register(signal);
            }
        }
    }

    private static void Register(int signal)
    {
        try
        {
            Registrations.Add(PosixSignalRegistration.Create((PosixSignal)signal, OnSignal));
        }
        catch (IOException)
        {
            // A library that cannot listen is used all the same; the process's other ends are noticed.
        }
    }

    private static bool Has(ulong mask, int signal) => (mask >> (signal - 1) & 1) != 0;

    private static ulong ReadMask(string line) => ulong.TryParse(line.AsSpan(line.IndexOf(':') + 1).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask) ? mask : 0;

    private static void OnSignal(PosixSignalContext context)
    {
        if (!context.Cancel)
        {
            LiveLinks.EndLeftovers();
        }
    }
}

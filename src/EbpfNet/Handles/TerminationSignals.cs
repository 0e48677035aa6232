using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>
/// Undoes what no file descriptor holds when a signal ends the process: since .NET 10 <see cref="AppDomain.ProcessExit"/> is not raised for signals.
/// Only a process that has such an attachment listens to any.
/// </summary>
/// <remarks>
/// Handlers run in the reverse order of their registration. One that the application registers after it attached, and that sets
/// <see cref="PosixSignalContext.Cancel"/>, is respected: the process goes on, and so do its attachments. One that was there before comes too late to
/// say so; a process that is asked to end then detaches first and shuts down afterwards.
/// </remarks>
internal static class TerminationSignals
{
    private static readonly Lazy<PosixSignalRegistration[]> Registrations = new(() =>
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),
    ]);

    public static void Watch() => _ = Registrations.Value;

    private static void OnSignal(PosixSignalContext context)
    {
        if (!context.Cancel)
        {
            LiveLinks.EndLeftovers();
        }
    }
}

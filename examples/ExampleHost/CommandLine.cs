using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using DemoNetwork;
using EbpfNet;

namespace ExampleHost;

/// <summary>Runs a command and turns what went wrong into one sentence and an exit code.</summary>
public static class CommandLine
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int UsageError = 2;

    /// <param name="root">The commands.</param>
    /// <param name="arguments">What was typed.</param>
    /// <param name="endsAtHangUp">Whether SIGHUP ends it; else it is the command's to listen to.</param>
    public static async Task<int> InvokeAsync(RootCommand root, string[] arguments, bool endsAtHangUp = true)
    {
        EndableStream.UseForConsole();
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors is [var first, ..])
        {
            string sentence = string.Join(' ', first.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
            await TellAsync($"{sentence}. Try --help.");
            return UsageError;
        }

        try
        {
            // Ctrl+C and SIGTERM cancel the command's token; it has this long to put things in order.
            InvocationConfiguration configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(5) };
            // The terminal's end (SIGHUP) and Ctrl+\ (SIGQUIT) are no other wish.
            using CancellationTokenSource stopping = new();
            using PosixSignalRegistration? hangUp = endsAtHangUp ? PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop) : null;
            using PosixSignalRegistration quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);
            Task<int> command = parsed.InvokeAsync(configuration, stopping.Token);
            // The handler that came last is called first; the one of InvokeAsync waits for the command, which may be writing.
            using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => EndableStream.End());
            using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => EndableStream.End());
            return await command;

            void Stop(PosixSignalContext signal)
            {
                EndableStream.End();
                signal.Cancel = true;
                stopping.Cancel();
            }
        }
        catch (Exception e) when (Explain(e) is { } sentence)
        {
            await TellAsync(sentence);
            return Failure;
        }
    }

    private static async Task TellAsync(string sentence)
    {
        try
        {
            await Console.Error.WriteLineAsync(sentence);
        }
        catch (IOException)
        {
            // Nobody is there to read it: the exit code has to do.
        }
    }

    /// <summary>What a person needs to know; nothing for a mistake in the program, which deserves its stack trace.</summary>
    private static string? Explain(Exception e) => e switch
    {
        BpfSyscallException { Advice: { } advice } refused => $"Could not {refused.Operation}: {LowerFirst(advice)}.",
        BpfException or NetworkHostException or UserErrorException or PlatformNotSupportedException => e.Message,
        SocketException => $"A connection failed: {LowerFirst(e.Message).TrimEnd('.')}.",
        IOException or UnauthorizedAccessException => $"Could not write the output: {LowerFirst(e.Message).TrimEnd('.')}.",
        _ => null,
    };

    private static string LowerFirst(string sentence)
        => sentence.Length > 1 && char.IsLower(sentence[1]) ? char.ToLowerInvariant(sentence[0]) + sentence[1..] : sentence;
}

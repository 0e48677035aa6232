using System.CommandLine;

namespace EbpfNet.Tool;

/// <summary>Runs a command and turns what went wrong into one sentence and an exit code.</summary>
internal static class CommandLine
{
    internal const int Success = 0;
    internal const int Failure = 1;
    internal const int UsageError = 2;

    internal static async Task<int> InvokeAsync(Command root, string[] arguments)
    {
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors is [var first, ..])
        {
            string sentence = string.Join(' ', first.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
            await Console.Error.WriteLineAsync($"ebpfnet: {sentence}. Try --help.");
            return UsageError;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync($"ebpfnet: {e.Message}");
            return UsageError;
        }
        catch (FailureException e)
        {
            await Console.Error.WriteLineAsync($"ebpfnet: {e.Message}");
            return Failure;
        }
        catch (OperationCanceledException)
        {
            return Failure; // Ctrl+C: what was written so far stands.
        }
        catch (Exception e) when (e is BpfException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            await Console.Error.WriteLineAsync($"ebpfnet: {e.Message}");
            return Failure;
        }
#pragma warning disable CA1031 // Whatever it is: a person wants a sentence, and a script an exit code that means something.
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"ebpfnet: This is a defect of ebpfnet, please report it: {e}");
            return Failure;
        }
#pragma warning restore CA1031
    }
}

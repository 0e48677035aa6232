namespace EbpfNet.Tool;

/// <summary>The command was understood and could not be done; the message says why.</summary>
internal sealed class FailureException(string message) : Exception(message);

namespace EbpfNet.Tool;

/// <summary>The command cannot be done as it was given; the message says what to change.</summary>
internal sealed class UsageException(string message) : Exception(message);

namespace XdpDrop;

/// <summary>What the user asked for cannot be: the message says why in one sentence.</summary>
internal sealed class UserErrorException(string message) : Exception(message);

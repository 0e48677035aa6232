namespace DemoNetwork;

/// <summary>A made host, link or address could not be had: says in one sentence what was being done and why it failed.</summary>
public sealed class NetworkHostException(string message) : IOException(message);

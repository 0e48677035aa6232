namespace TcpProxy;

/// <summary>
/// Has .NET's sockets go on with what waits for data in the very thread that was told of it, rather than hand it to another one: what follows here is another
/// system call and nothing that takes long.
/// </summary>
internal static class InlineCompletions
{
    private const string Name = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>To be called before the first socket waits for anything; whoever has set the variable has decided.</summary>
    public static void Enable()
    {
        if (Environment.GetEnvironmentVariable(Name) is null)
        {
            Environment.SetEnvironmentVariable(Name, "1");
        }
    }
}

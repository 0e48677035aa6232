using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A network namespace, held by a descriptor: it goes on meaning the same one, and keeps it alive.</summary>
/// <remarks>Members may be called from several threads.</remarks>
public sealed class BpfNetworkNamespace : IDisposable
{
    private const string Named = "/run/netns";

    private readonly string _text;

    private BpfNetworkNamespace(BpfHandle handle, string text)
    {
        Handle = handle;
        _text = text;
        try
        {
            Id = NamespaceIdentity.Read(handle, text);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The kernel's number for it: that in <c>net:[4026531840]</c>, as <c>/proc/PID/ns/net</c> links to.</summary>
    public ulong Id { get; }

    internal BpfHandle Handle { get; }

    /// <summary>Opens the one that the calling thread is in.</summary>
    public static BpfNetworkNamespace OpenCurrent() => Open("/proc/thread-self/ns/net", "the network namespace of this thread");

    /// <summary>Opens the one that a process is in.</summary>
    /// <param name="processId">The process's number, as this process's namespace counts.</param>
    /// <exception cref="BpfSyscallException">There is no such process, or this process may not look at it (CAP_SYS_PTRACE).</exception>
    public static BpfNetworkNamespace OpenProcess(int processId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processId);
        return Directory.Exists($"/proc/{processId}")
            ? Open($"/proc/{processId}/ns/net", $"the network namespace of process {processId}")
            : throw SyscallErrors.Create(BpfErrno.ESRCH, "open", $"open the network namespace of process {processId}", "There is no such process; it may have ended meanwhile");
    }

    /// <summary>Opens one by its file, or by the name that <c>ip netns</c> knows it by.</summary>
    /// <param name="pathOrName">The file, for example <c>/proc/1/ns/net</c>; or a name without a slash, which is looked for in <c>/run/netns</c>.</param>
    /// <exception cref="BpfSyscallException">There is no such file (the message has the nearest name), it is no network namespace, or it may not be opened.</exception>
    public static BpfNetworkNamespace Open(string pathOrName)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrName);
        string path = pathOrName.Contains('/') ? pathOrName : Path.Join(Named, pathOrName);
        return Open(path, $"network namespace '{pathOrName}'");
    }

    /// <summary>Closes the descriptor; the namespace stays as long as others use it. Calling it again does nothing.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>The namespace as messages call it.</summary>
    public override string ToString() => _text;

    private static BpfNetworkNamespace Open(string path, string text) => new(PathDescriptor.OpenFile(path, "network namespace"), text);
}

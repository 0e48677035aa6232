using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The network namespace that a thread was in, for requests that the kernel answers for the one of whoever asks.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    /// <summary>The kernel's name of the request to be in another one.</summary>
    public const string EnterCall = "setns";

    private const string OfThisThread = "/proc/thread-self/ns/net";
    private const int NetworkOnly = 0x40000000; // CLONE_NEWNET

    private readonly BpfHandle _handle;

    private NetworkNamespace(BpfHandle handle, string id) => (_handle, Id) = (handle, id);

    /// <summary>What tells it from others, as the kernel writes it.</summary>
    public string Id { get; }

    /// <summary>What tells the calling thread's namespace from others.</summary>
    public static string CurrentId => File.ResolveLinkTarget(OfThisThread, returnFinalTarget: false) is { } target ? target.Name : "";

    /// <summary>That of the calling thread.</summary>
    public static NetworkNamespace OpenCurrent() => new(PathDescriptor.OpenFile(OfThisThread, "the network namespace"), CurrentId);

    /// <summary>One that is open otherwise, by a descriptor of its own.</summary>
    /// <param name="handle">The namespace.</param>
    /// <param name="inode">Its <see cref="NamespaceIdentity"/>.</param>
    /// <param name="what">The namespace as messages call it.</param>
    public static NetworkNamespace Of(BpfHandle handle, ulong inode, string what) => new(handle.Duplicate(what), $"net:[{inode}]");

    /// <summary>Runs work in the namespace: here, if this thread is in it, else on a thread of its own, which takes CAP_SYS_ADMIN.</summary>
    public T Run<T>(Func<T> work)
    {
        if (CurrentId == Id)
        {
            return work();
        }

        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = work();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        { IsBackground = true, Name = "EbpfNet network namespace" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int fd, int type);

    /// <summary>The descriptor.</summary>
    public BpfHandle Handle => _handle;

    private void Enter()
    {
        using BpfHandle.Lease fd = _handle.Acquire();
        if (SetNamespace(fd.Fd, NetworkOnly) != 0)
        {
            throw SyscallErrors.Create((BpfErrno)Marshal.GetLastPInvokeError(), EnterCall, "enter the network namespace of an attachment");
        }
    }
}

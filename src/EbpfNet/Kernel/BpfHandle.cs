using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>A file descriptor of the kernel's, closed when the last user lets go.</summary>
internal sealed class BpfHandle : SafeHandle
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC

    public BpfHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <summary>What the descriptor stands for, as its <see cref="object.ToString"/> calls it; messages name that instead of this class.</summary>
    public object? Owner { get; set; }

    public override bool IsInvalid => handle < 0;

    /// <summary>Keeps the descriptor open until the lease is disposed, whoever disposes the handle meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public Lease Acquire() => new(this);

    /// <summary>A second descriptor for the same kernel object, with a life of its own.</summary>
    public BpfHandle Duplicate(string what)
    {
        using Lease lease = Acquire();
        int fd = LibC.FCntl(lease.Fd, DuplicateCloseOnExec, 0);
        return fd >= 0
            ? new BpfHandle(fd)
            : throw SyscallErrors.Create((BpfErrno)Marshal.GetLastPInvokeError(), "fcntl(F_DUPFD_CLOEXEC)", $"duplicate the descriptor of {what}");
    }

    protected override bool ReleaseHandle() => LibC.Close((int)handle) == 0;

    /// <param name="owner">What was disposed, to be named.</param>
    /// <param name="otherwise">The class that is named where the owner is not known.</param>
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void ThrowClosed(object? owner, string otherwise) => throw (owner is null
        ? new ObjectDisposedException(otherwise)
        : new ObjectDisposedException(owner.GetType().FullName, $"Cannot use {owner}: it was disposed."));

    /// <summary>The descriptor while it is held: <c>using BpfHandle.Lease fd = handle.Acquire();</c></summary>
    internal readonly ref struct Lease
    {
        private readonly BpfHandle _owner;

        public Lease(BpfHandle owner)
        {
            if (owner.IsClosed)
            {
                // The next line would say so, too, but name this class; when it is closed in between, it does.
                ThrowClosed(owner.Owner, nameof(BpfHandle));
            }

            bool held = false;
            owner.DangerousAddRef(ref held);
            _owner = owner;
            Fd = (int)owner.handle;
        }

        public int Fd { get; }

        public void Dispose() => _owner.DangerousRelease();
    }
}

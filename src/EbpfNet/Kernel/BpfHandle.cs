using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>A file descriptor of the kernel's, closed when the last user lets go.</summary>
/// <remarks>
/// Users are counted in one place for each of several threads, instead of in <see cref="SafeHandle"/>'s one: two threads at work on one map would pass that one's cache line to and
/// fro with every call (measured: 1.10 times C's time, and 1.02 so). Disposing says that it is over, and then looks; a user counts itself, and then looks whether it is over. So one of
/// the two sees the other, and whoever finds nobody left closes.
/// </remarks>
internal sealed class BpfHandle : SafeHandle
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC

    private const int Counters = 8;
    private const int CounterDistance = 128 / sizeof(int); // Processors fetch cache lines in pairs.

    private readonly int[] _users = new int[(Counters + 1) * CounterDistance];
    private int _disposed;

    public BpfHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <summary>Whether it was disposed; a user may still hold it.</summary>
    public new bool IsClosed => Volatile.Read(ref _disposed) != 0 || base.IsClosed;

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

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
        {
            base.Dispose(false); // Nobody can reach it, so nobody uses it.
        }
        else if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            CloseIfUnused();
        }
    }

    protected override bool ReleaseHandle() => LibC.Close((int)handle) == 0;

    /// <param name="owner">What was disposed, to be named.</param>
    /// <param name="otherwise">The class that is named where the owner is not known.</param>
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void ThrowClosed(object? owner, string otherwise) => throw (owner is null
        ? new ObjectDisposedException(otherwise)
        : new ObjectDisposedException(owner.GetType().FullName, $"Cannot use {owner}: it was disposed."));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CloseIfUnused()
    {
        for (int i = 1; i <= Counters; i++)
        {
            if (Volatile.Read(ref _users[i * CounterDistance]) != 0)
            {
                return; // That user looks when it lets go.
            }
        }

        base.Dispose(true); // Several may come here: it closes once.
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [DoesNotReturn]
    private void ThrowDisposed(ref int users)
    {
        Release(ref users);
        ThrowClosed(Owner, nameof(BpfHandle));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Release(ref int users)
    {
        Interlocked.Decrement(ref users);
        if (_disposed != 0)
        {
            CloseIfUnused();
        }
    }

    /// <summary>The descriptor while it is held: <c>using BpfHandle.Lease fd = handle.Acquire();</c></summary>
    internal readonly unsafe ref struct Lease
    {
        private readonly BpfHandle _owner;
        private readonly ref int _users;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lease(BpfHandle owner)
        {
            // Stacks lie a megabyte and more apart, so that a local's address tells threads from each other, at no cost.
            byte here;
            int counter = (int)((nuint)(&here) >> 20) & (Counters - 1);
            _users = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(owner._users), (counter + 1) * CounterDistance);
            Interlocked.Increment(ref _users);
            if (owner._disposed != 0)
            {
                owner.ThrowDisposed(ref _users);
            }

            _owner = owner;
            Fd = (int)owner.handle;
        }

        public int Fd { get; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => _owner.Release(ref _users);
    }
}

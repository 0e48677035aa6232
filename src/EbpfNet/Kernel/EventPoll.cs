using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>
/// A set of descriptors that one thread waits for (<c>epoll</c>), and a way to wake it. Edge-triggered: each announcement of the kernel's is told once,
/// so that a ring whose first record is still being written does not keep the waiter spinning.
/// </summary>
internal sealed unsafe class EventPoll : IDisposable
{
    private const ulong WakeUpId = ulong.MaxValue;
    private const int MaxEvents = 32;

    private readonly BpfHandle _epoll;
    private readonly BpfHandle _wakeUp;

    public EventPoll()
    {
        _ = KernelArchitecture.Current;
        _epoll = Own(EventCalls.EpollCreate(EpollFlags.CloseOnExec), "epoll_create1");
        try
        {
            _wakeUp = Own(EventCalls.EventFd(0, EpollFlags.CloseOnExec | EpollFlags.NonBlocking), "eventfd");
            Control(EpollFlags.Add, _wakeUp, EpollFlags.In, WakeUpId);
        }
        catch
        {
            _wakeUp?.Dispose();
            _epoll.Dispose();
            throw;
        }
    }

    /// <summary>Watches a descriptor for readability, or for room to write. What is there already is told once, too.</summary>
    public void Add(BpfHandle file, ulong id, bool forWriting = false) =>
        Control(EpollFlags.Add, file, (forWriting ? EpollFlags.Out : EpollFlags.In) | EpollFlags.EdgeTriggered, id);

    /// <summary>Turns the watch on or off; turning it on tells once what is there already.</summary>
    public void Set(BpfHandle file, ulong id, bool watched) => Control(EpollFlags.Modify, file, watched ? EpollFlags.In | EpollFlags.EdgeTriggered : 0, id);

    /// <summary>Ends the watch; the descriptor must still be open.</summary>
    public void Remove(BpfHandle file) => Control(EpollFlags.Remove, file, 0, 0);

    /// <summary>Ends a <see cref="Wait"/> that is under way, or else the next one.</summary>
    public void WakeUp()
    {
        using BpfHandle.Lease fd = _wakeUp.Acquire();
        ulong one = 1;
        _ = EventCalls.Write(fd.Fd, &one, sizeof(ulong)); // Fails only when the counter is full, and then the waiter is woken anyway.
    }

    /// <summary>Waits until something is ready, until woken, or until the time is up.</summary>
    /// <param name="ready">Gets the ids of what is ready.</param>
    /// <param name="milliseconds">How long; -1 for ever.</param>
    /// <returns>How many ids there are. None may mean anything: look again at what you wait for.</returns>
    public int Wait(Span<ulong> ready, int milliseconds)
    {
        byte* buffer = stackalloc byte[MaxEvents * EpollEvents.MaxSize];
        int count;
        using (BpfHandle.Lease fd = _epoll.Acquire())
        {
            count = EventCalls.EpollWait(fd.Fd, buffer, Math.Min(MaxEvents, ready.Length), milliseconds);
        }

        if (count < 0)
        {
            var error = (BpfErrno)Marshal.GetLastPInvokeError();
            return error == BpfErrno.EINTR ? 0 : throw SyscallErrors.Create(error, "epoll_wait", "wait for events");
        }

        var events = new ReadOnlySpan<byte>(buffer, MaxEvents * EpollEvents.MaxSize);
        int found = 0;
        for (int i = 0; i < count; i++)
        {
            ulong id = EpollEvents.Current.ReadData(events, i);
            if (id == WakeUpId)
            {
                ResetWakeUp();
            }
            else
            {
                ready[found++] = id;
            }
        }

        return found;
    }

    public void Dispose()
    {
        _epoll.Dispose();
        _wakeUp.Dispose();
    }

    private static BpfHandle Own(int fd, string call) =>
        fd >= 0 ? new BpfHandle(fd) : throw SyscallErrors.Create((BpfErrno)Marshal.GetLastPInvokeError(), call, "prepare to wait for events");

    private void ResetWakeUp()
    {
        using BpfHandle.Lease fd = _wakeUp.Acquire();
        ulong count;
        _ = EventCalls.Read(fd.Fd, &count, sizeof(ulong)); // EAGAIN: another waiter has reset it.
    }

    private void Control(int operation, BpfHandle file, uint events, ulong id)
    {
        byte* data = stackalloc byte[EpollEvents.MaxSize];
        EpollEvents.Current.Write(new Span<byte>(data, EpollEvents.MaxSize), events, id);
        using BpfHandle.Lease epoll = _epoll.Acquire();
        using BpfHandle.Lease fd = file.Acquire();
        if (EventCalls.EpollControl(epoll.Fd, operation, fd.Fd, data) < 0)
        {
            var error = (BpfErrno)Marshal.GetLastPInvokeError();

            // A duplicate with the same number was closed by the garbage collector: the kernel keeps its watch for as long as the others are open.
            if (error != BpfErrno.EEXIST || EventCalls.EpollControl(epoll.Fd, EpollFlags.Modify, fd.Fd, data) < 0)
            {
                throw SyscallErrors.Create(error, "epoll_ctl", "watch a descriptor for events");
            }
        }
    }
}

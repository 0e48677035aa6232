using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>
/// Waits until what the kernel's readers by RCU were at has ended: programs that were running, and with them the records that they were writing to perf events, each of which
/// is written within one section of RCU.
/// </summary>
/// <remarks>
/// <c>bpf()</c> waits like that when a map in a map was replaced, so that its caller knows that no program uses the old one: for milliseconds, and well under one on newer kernels (0.2 on
/// Linux 7.2, 6 to 10 on 6.12 and 6.18). <c>membarrier()</c> always takes milliseconds, and is not to be had where CPUs run without a tick (<c>nohz_full</c>), but needs no privilege.
/// </remarks>
internal sealed unsafe class GracePeriod : IDisposable
{
    // From linux/membarrier.h.
    public const int Query = 0; // MEMBARRIER_CMD_QUERY
    public const int Global = 1; // MEMBARRIER_CMD_GLOBAL, Linux 4.3

    private readonly BpfHandle? _outer;
    private readonly BpfHandle? _inner;
    private readonly string _what;

    private GracePeriod(BpfHandle? outer, BpfHandle? inner, string what)
    {
        _outer = outer;
        _inner = inner;
        _what = what;
    }

    /// <summary>Gets ready for waiting.</summary>
    /// <param name="what">For whom; messages name it.</param>
    /// <exception cref="BpfSyscallException">The kernel refused both ways.</exception>
    public static GracePeriod Open(string what)
    {
        BpfErrno error = TryCreateMaps(out BpfHandle? outer, out BpfHandle? inner);
        return outer is not null ? new GracePeriod(outer, inner, what)
            : TryOpenWithoutMaps(what) ?? throw SyscallErrors.Create(error, BpfCommand.MapCreate, $"make the maps that let {what} wait for programs");
    }

    /// <summary>The way that needs no map.</summary>
    /// <returns><see langword="null"/> where the kernel does not have it.</returns>
    public static GracePeriod? TryOpenWithoutMaps(string what)
    {
        nint commands = TaskCalls.Call(KernelArchitecture.Current.MemoryBarrierSyscallNumber, Query, 0);
        return commands > 0 && (commands & Global) != 0 ? new GracePeriod(null, null, what) : null;
    }

    /// <summary>Waits. What programs begin meanwhile is not waited for.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Wait()
    {
        if (_outer is null)
        {
            if (TaskCalls.Call(KernelArchitecture.Current.MemoryBarrierSyscallNumber, Global, 0) < 0)
            {
                throw SyscallErrors.Create((BpfErrno)Marshal.GetLastPInvokeError(), "membarrier", $"wait for the programs that write to {_what}");
            }

            return;
        }

        using BpfHandle.Lease inner = _inner!.Acquire();
        int key = 0;
        int value = inner.Fd;
        int result = MapElements.Update(_outer, &key, &value, 0);
        if (result < 0)
        {
            throw SyscallErrors.Create((BpfErrno)(-result), BpfCommand.MapUpdateElem, $"wait for the programs that write to {_what}");
        }
    }

    public void Dispose()
    {
        _outer?.Dispose();
        _inner?.Dispose();
    }

    private static BpfErrno TryCreateMaps(out BpfHandle? outer, out BpfHandle? inner)
    {
        // Queues came with Linux 4.20, as did the waiting: an older kernel, which would not wait and not say so, is found out by them.
        outer = null;
        var queue = new MapCreateAttribute { MapType = BpfMapType.Queue, ValueSize = sizeof(int), MaxEntries = 1 };
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &queue, out inner);
        if (inner is null)
        {
            return error;
        }

        using BpfHandle.Lease fd = inner.Acquire();
        var map = new MapCreateAttribute { MapType = BpfMapType.ArrayOfMaps, KeySize = sizeof(int), ValueSize = sizeof(int), MaxEntries = 1, InnerMapFd = fd.Fd };
        error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &map, out outer);
        if (outer is null)
        {
            inner.Dispose();
        }

        return error;
    }
}

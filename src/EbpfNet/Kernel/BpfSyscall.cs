using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The <c>bpf()</c> system call. A result at or above zero is the kernel's, a negative one is an errno with its sign turned.</summary>
internal static unsafe class BpfSyscall
{
    private const int TooManyRetries = 64;

    /// <summary>One call. The attribute's tail that an old kernel does not know is zero, which it accepts.</summary>
    /// <remarks>Not inlined: in a try block, where most callers are, the JIT would reach the C library through a stub instead of a direct call.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Invoke<T>(BpfCommand command, T* attribute)
        where T : unmanaged => InvokeInline(command, attribute);

    /// <summary>The same for the hottest paths: processors forget return addresses in a system call, so that every method to return through costs 10 ns.</summary>
    /// <remarks>Not for try blocks.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int InvokeInline<T>(BpfCommand command, T* attribute)
        where T : unmanaged
    {
        nint result = LibC.Bpf(KernelArchitecture.Current.BpfSyscallNumber, (nint)command, attribute, sizeof(T));
        return result >= 0 ? (int)result : -Marshal.GetLastSystemError();
    }

    /// <summary>A call that only succeeds or fails.</summary>
    public static BpfErrno InvokeForError<T>(BpfCommand command, T* attribute)
        where T : unmanaged
    {
        int result = Invoke(command, attribute);
        return result >= 0 ? BpfErrno.None : (BpfErrno)(-result);
    }

    /// <summary>A call whose result is a new file descriptor, owned from the moment it exists.</summary>
    /// <returns><see cref="BpfErrno.None"/> and the handle, or the errno and <see langword="null"/>.</returns>
    public static BpfErrno InvokeForHandle<T>(BpfCommand command, T* attribute, out BpfHandle? handle)
        where T : unmanaged
    {
        int result = Persist(() => Invoke(command, attribute));
        handle = result >= 0 ? new BpfHandle(result) : null;
        return result >= 0 ? BpfErrno.None : (BpfErrno)(-result);
    }

    /// <summary>Repeats a call that only the moment, or an old kernel's limit on memory, has refused.</summary>
    internal static int Persist(Func<int> call)
    {
        int result = call();
        for (int retry = 0; result == -(int)BpfErrno.EAGAIN && retry < TooManyRetries; retry++)
        {
            // The verifier gives up with EAGAIN when a signal is pending; the .NET runtime uses signals of its own.
            result = call();
        }

        if (result == -(int)BpfErrno.EPERM && MemoryLockLimit.TryRaise(out MemoryLockLimit.Restorer raised))
        {
            // Kernels before 5.11 charge maps and programs to RLIMIT_MEMLOCK and say EPERM when it is used up.
            result = call();
            if (result == -(int)BpfErrno.EPERM)
            {
                raised.Undo();
            }
        }

        return result;
    }
}

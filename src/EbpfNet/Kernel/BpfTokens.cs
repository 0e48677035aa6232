namespace EbpfNet.Kernel;

/// <summary>BPF tokens (Linux 6.9): what a privileged process has delegated, through a BPF file system of its making, to a user namespace that owns it.</summary>
internal static unsafe class BpfTokens
{
    /// <summary>Asks for the token of a BPF file system.</summary>
    /// <returns><see cref="BpfErrno.None"/> and the token, or the errno and <see langword="null"/>.</returns>
    public static BpfErrno TryCreate(BpfHandle folder, out BpfHandle? token)
    {
        using BpfHandle.Lease fd = folder.Acquire();
        var attribute = new TokenCreateAttribute { BpffsFd = fd.Fd };
        int result = BpfSyscall.Invoke(BpfCommand.TokenCreate, &attribute);
        token = result >= 0 ? new BpfHandle(result) : null;
        return result >= 0 ? BpfErrno.None : (BpfErrno)(-result);
    }
}

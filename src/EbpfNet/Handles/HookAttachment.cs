using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program on a hook that no file descriptor holds: what it is attached to keeps it until it is told otherwise, or goes. Its link calls it by one thread at a time.</summary>
internal abstract class HookAttachment : IDisposable
{
    /// <summary>The kernel's name of the request that puts another program in its place.</summary>
    public abstract string UpdateCall { get; }

    /// <summary>The kernel's name of the request that detaches the program.</summary>
    public abstract string DetachCall { get; }

    /// <summary>Whether the program would go on running after this process has ended, unless it is detached.</summary>
    public virtual bool OutlivesProcess => true;

    /// <summary>Whether the hook still has the program.</summary>
    public abstract bool IsInPlace();

    /// <summary>Puts another program in its place.</summary>
    /// <returns><see cref="BpfErrno.EPERM"/> or <see cref="BpfErrno.EEXIST"/> where another program is attached than was expected.</returns>
    public virtual NetlinkVerdict Update(BpfProgram program, BpfProgram? expected) => new(BpfErrno.EOPNOTSUPP, null);

    /// <summary>Detaches the program, and no other one.</summary>
    /// <returns><see cref="BpfErrno.EEXIST"/> or <see cref="BpfErrno.ENOENT"/> where it is not there any more.</returns>
    public abstract NetlinkVerdict Detach();

    /// <summary>Closes what it takes to detach. It detaches nothing.</summary>
    public abstract void Dispose();

    /// <summary>Makes a request with a descriptor that is this attachment's from then on, and closes it where the kernel refused, or was not even asked.</summary>
    protected static NetlinkVerdict KeepIfDone(BpfHandle own, Func<NetlinkVerdict> request)
    {
        NetlinkVerdict? verdict = null;
        try
        {
            verdict = request();
            return verdict.Value;
        }
        finally
        {
            if (verdict is not { Error: BpfErrno.None })
            {
                own.Dispose();
            }
        }
    }
}

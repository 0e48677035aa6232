namespace EbpfNet.Kernel;

/// <summary>Refusals that say nothing about what was asked for: the same request may be taken a moment later, or with other limits.</summary>
internal static class MomentaryErrors
{
    /// <summary>Whether it is one: no memory, no descriptor left, a signal, somebody else at work.</summary>
    public static bool IsOfTheMoment(this BpfErrno error) =>
        error is BpfErrno.ENOMEM or BpfErrno.EMFILE or BpfErrno.ENFILE or BpfErrno.EINTR or BpfErrno.EAGAIN or BpfErrno.EBUSY;
}

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program that decodes what an infrared receiver hears.</summary>
/// <remarks>
/// The device holds the program, not a file descriptor: <see cref="BpfLink.Dispose"/> and the process's orderly end undo it, but it outlives a process that is killed (SIGKILL), until
/// the device goes. Members may be called from several threads.
/// </remarks>
public sealed class LircLink : BpfLink
{
    internal LircLink(BpfProgram program, string devicePath, LircAttachment attachment)
        : base(program, handle: null, attachment)
    {
        DevicePath = devicePath;
        Join();
    }

    /// <summary>The device.</summary>
    public string DevicePath { get; }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the link to infrared device '{DevicePath}'";

    private protected override BpfException? DetachError(NetlinkVerdict verdict) => verdict.Error is BpfErrno.ENOENT or BpfErrno.ENODEV ? null : base.DetachError(verdict);
}

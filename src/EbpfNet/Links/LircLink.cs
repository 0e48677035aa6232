using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program that decodes what an infrared receiver hears.</summary>
/// <remarks>
/// The device holds the program, not a file descriptor: <see cref="BpfLink.Dispose"/> and the process's orderly end undo it, but it outlives a process that is killed (SIGKILL), until
/// the device goes. Members may be called from several threads.
/// </remarks>
public sealed class LircLink : BpfLink
{
    private readonly BpfHandle _device;
    private readonly BpfHandle _own;

    /// <param name="program">The program.</param>
    /// <param name="devicePath">The device.</param>
    /// <param name="device">The device, open.</param>
    /// <param name="own">A descriptor of the program of its own: to detach the right one takes one that is open.</param>
    internal LircLink(BpfProgram program, string devicePath, BpfHandle device, BpfHandle own)
        : base(program, handle: null)
    {
        (DevicePath, _device, _own) = (devicePath, device, own);
        TerminationSignals.Watch();
        Join();
    }

    /// <summary>The device.</summary>
    public string DevicePath { get; }

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the link to infrared device '{DevicePath}'";

    internal override void EndWithProcess() => Dispose();

    private protected override bool IsOnHook() => LircPrograms.Has(_device, Program.Id);

    private protected override void DetachNow()
    {
        BpfErrno error = LircPrograms.Detach(_device, _own);
        if (error is not (BpfErrno.None or BpfErrno.ENOENT or BpfErrno.ENODEV))
        {
            throw SyscallErrors.Create(error, BpfCommand.ProgDetach, $"detach {ProgramText} from {this}");
        }
    }

    private protected override void Release()
    {
        BpfErrno error = LircPrograms.Detach(_device, _own);
        if (error is not (BpfErrno.None or BpfErrno.ENOENT or BpfErrno.ENODEV))
        {
            EbpfNetEventSource.Log.DetachFailed(ToString(), error.ToString());
        }

        _own.Dispose();
        _device.Dispose();
    }
}

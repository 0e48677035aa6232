using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program that an infrared receiver holds.</summary>
/// <param name="device">The device, open.</param>
/// <param name="program">A descriptor of the program of its own: to detach the right one takes one that is open.</param>
/// <param name="programId">The program's id.</param>
internal sealed class LircAttachment(BpfHandle device, BpfHandle program, uint programId) : HookAttachment
{
    public override string UpdateCall => BpfCommand.ProgAttach.ToCName();

    public override string DetachCall => BpfCommand.ProgDetach.ToCName();

    public override bool IsInPlace() => LircPrograms.Has(device, programId);

    public override NetlinkVerdict Detach() => new(LircPrograms.Detach(device, program), null);

    public override void Dispose()
    {
        program.Dispose();
        device.Dispose();
    }
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches a program to the list of an interface's hook (tcx, netkit): by a link, or in the place of a program that none holds.</summary>
internal static class DeviceAttacher
{
    public static BpfErrno Attach(
        BpfProgram program,
        int interfaceIndex,
        BpfAttachType type,
        BpfAttachPosition? position,
        ulong? revision,
        BpfProgram? replaced,
        out BpfHandle? link,
        out DeviceProgramAttachment? attachment)
    {
        link = null;
        attachment = null;
        if (replaced is null)
        {
            var place = new DevicePosition(position?.Flags ?? 0, position?.RelativeId ?? 0, revision ?? 0);
            return DevicePrograms.CreateLink(program.Handle, interfaceIndex, type, place, out link);
        }

        if (position is not null)
        {
            throw new ArgumentException("What is put in the place of another program has its position: leave out Position or ReplacedProgram.", nameof(position));
        }

        NetworkNamespace home = NetworkNamespace.OpenCurrent();
        BpfHandle? own = null;
        try
        {
            own = program.Handle.Duplicate(program.ToString());
            BpfErrno error = DevicePrograms.ReplaceProgram(own, replaced.Handle, interfaceIndex, type, revision ?? 0);
            attachment = error == BpfErrno.None ? new DeviceProgramAttachment(home, interfaceIndex, type, own, program.Id) : null;
            return error;
        }
        finally
        {
            if (attachment is null)
            {
                own?.Dispose();
                home.Dispose();
            }
        }
    }
}

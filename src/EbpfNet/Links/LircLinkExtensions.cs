using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to infrared receivers.</summary>
public static class LircLinkExtensions
{
    /// <summary>Attaches a program to an infrared receiver, whose pulses and pauses it decodes (<c>BPF_PROG_ATTACH</c> with <c>BPF_LIRC_MODE2</c>; Linux 4.18).</summary>
    /// <param name="program">The program (section <c>lirc_mode2</c>).</param>
    /// <param name="devicePath">The receiver, for example <c>/dev/lirc0</c>.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no such program.</exception>
    /// <exception cref="BpfSyscallException">There is no such device, it is no infrared receiver, or it may not be opened.</exception>
    public static LircLink AttachLirc(this BpfProgram program, string devicePath)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(devicePath);
        if (program.Type != BpfProgramType.LircMode2)
        {
            throw new ArgumentException($"Only programs of section 'lirc_mode2' can be attached to infrared receivers; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        using LiveLinks.Making _ = LiveLinks.Make();
        BpfHandle device = PathDescriptor.OpenDevice(devicePath, "the infrared device");
        BpfHandle? own = null;
        try
        {
            own = program.Handle.Duplicate(program.ToString());
            BpfErrno error = LircPrograms.Attach(device, own);
            if (error != BpfErrno.None)
            {
                throw SyscallErrors.Create(error, BpfCommand.ProgAttach, $"attach {program} to infrared device '{devicePath}'", error switch
                {
                    BpfErrno.EINVAL => $"'{devicePath}' is no infrared receiver that gives pulses and pauses (lirc, mode 2), or this kernel runs no programs on them (CONFIG_BPF_LIRC_MODE2)",
                    BpfErrno.EEXIST => $"{program} is attached there already",
                    BpfErrno.E2BIG => "The device has as many programs as the kernel allows",
                    _ => null,
                });
            }

            return new LircLink(program, devicePath, new LircAttachment(device, own, program.Id));
        }
        catch
        {
            own?.Dispose();
            device.Dispose();
            throw;
        }
    }
}

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Tells which programs an infrared receiver has, whoever attached them, and detaches them: none of them has a link.</summary>
public static class LircHook
{
    /// <summary>The ids of the programs of an infrared receiver, in the order in which they run (<c>BPF_PROG_QUERY</c> with <c>BPF_LIRC_MODE2</c>; Linux 4.18).</summary>
    /// <param name="devicePath">The receiver, for example <c>/dev/lirc0</c>.</param>
    /// <exception cref="BpfSyscallException">There is no such device, it is no infrared receiver (EINVAL), it may not be opened, or CAP_NET_ADMIN is missing.</exception>
    public static IReadOnlyList<uint> Query(string devicePath)
    {
        ArgumentException.ThrowIfNullOrEmpty(devicePath);
        using BpfHandle device = PathDescriptor.OpenDevice(devicePath, "the infrared device");
        BpfErrno error = LircPrograms.Query(device, out uint[] ids);
        return error == BpfErrno.None ? ids : throw SyscallErrors.Create(error, BpfCommand.ProgQuery, $"look at the programs of infrared device '{devicePath}'", Advise(error, devicePath));
    }

    /// <summary>Detaches a program, such as one whose process was killed (<c>BPF_PROG_DETACH</c>).</summary>
    /// <param name="devicePath">The receiver, for example <c>/dev/lirc0</c>.</param>
    /// <param name="program">The program, opened by its id.</param>
    /// <exception cref="BpfSyscallException">The program is not attached there (ENOENT), there is no such receiver (EINVAL), or this process may not detach it.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static void Detach(string devicePath, BpfProgram program)
    {
        ArgumentException.ThrowIfNullOrEmpty(devicePath);
        ArgumentNullException.ThrowIfNull(program);
        using BpfHandle device = PathDescriptor.OpenDevice(devicePath, "the infrared device");
        BpfErrno error = LircPrograms.Detach(device, program.Handle);
        if (error != BpfErrno.None)
        {
            throw SyscallErrors.Create(error, BpfCommand.ProgDetach, $"detach {program} from infrared device '{devicePath}'", error == BpfErrno.ENOENT ? "It is not attached there" : Advise(error, devicePath));
        }
    }

    private static string? Advise(BpfErrno error, string devicePath) => error == BpfErrno.EINVAL
        ? $"'{devicePath}' is no infrared receiver that gives pulses and pauses (lirc, mode 2), or this kernel runs no programs on them (CONFIG_BPF_LIRC_MODE2)"
        : null;
}

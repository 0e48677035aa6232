using System.Globalization;
using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Asks the kernel about a program: what has a fixed size, then the list of maps.</summary>
internal static unsafe class ProgramInformation
{
    private const string UptimeFile = "/proc/uptime";

    public static BpfProgramInfo Read(BpfProgram program)
    {
        ProgramInfoData info = KernelObjects.GetInfo<ProgramInfoData>(program.Handle, program.ToString());
        ulong tag = info.Tag;
        return new BpfProgramInfo(
            info,
            Convert.ToHexStringLower(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in tag))), // Eight bytes, of no byte order.
            ReadMapIds(program, info.NrMapIds),
            DescriptorInfo.Read(program.Handle),
            ReadBootTime() is { } boot && info.LoadTime != 0 ? boot + TimeSpan.FromMicroseconds(info.LoadTime / 1000.0) : null);
    }

    public static BpfProgramStats ReadStats(BpfProgram program)
    {
        ProgramInfoData info = KernelObjects.GetInfo<ProgramInfoData>(program.Handle, program.ToString());
        return new BpfProgramStats(info.RunCnt, info.RunTimeNs, info.RecursionMisses);
    }

    private static uint[] ReadMapIds(BpfProgram program, uint count)
    {
        while (count > 0)
        {
            uint[] ids = new uint[count];
            fixed (uint* start = ids)
            {
                var info = new ProgramInfoData { NrMapIds = count, MapIds = start };
                BpfErrno error = KernelObjects.TryGetInfo(program.Handle, ref info);
                if (error != BpfErrno.None)
                {
                    throw SyscallErrors.Create(error, BpfCommand.ObjGetInfoByFd, $"read the maps of {program}");
                }

                if (info.NrMapIds <= count)
                {
                    return ids[..(int)info.NrMapIds];
                }

                count = info.NrMapIds; // Another was bound to it meanwhile.
            }
        }

        return [];
    }

    /// <summary>When the machine was started, time in suspension included, which is what the kernel counts from.</summary>
    private static DateTimeOffset? ReadBootTime()
    {
        try
        {
            string uptime = File.ReadAllText(UptimeFile).Split(' ')[0];
            return double.TryParse(uptime, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) ? DateTimeOffset.UtcNow - TimeSpan.FromSeconds(seconds) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

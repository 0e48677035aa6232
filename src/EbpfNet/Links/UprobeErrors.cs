using System.Globalization;

namespace EbpfNet;

/// <summary>What went wrong with a probe in a program or library, and what to do about it.</summary>
internal static class UprobeErrors
{
    /// <summary>What the kernel's answer means, beyond what it means for every perf event.</summary>
    public static string? Explain(BpfErrno error, string path, int? process) => error switch
    {
        BpfErrno.ESRCH => string.Create(CultureInfo.InvariantCulture, $"There is no process {process}"),
        BpfErrno.ENOENT => $"The file '{path}' is gone",
        BpfErrno.EINVAL => "That place is not in the file or holds no instruction, the offset of the counter is wrong, or the file is on a file system that the kernel cannot probe",
        BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP => "The kernel cannot probe the instruction there",
        BpfErrno.EIO => "The file could not be read at that place",
        _ => null,
    };

    public static void RequireProcess(int? process, string parameter)
    {
        if (process is <= 0)
        {
            throw new ArgumentException($"{process} is no number of a process.", parameter);
        }
    }
}

using System.Globalization;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>What went wrong with a probe on a kernel function, and what to do about it.</summary>
internal static class KprobeErrors
{
    /// <summary>What the kernel's answer means, beyond what it means for every perf event.</summary>
    public static string? Explain(BpfErrno error, string function, ulong offset) => error switch
    {
        BpfErrno.EADDRNOTAVAIL => $"The kernel has several functions of the name '{function}', and cannot tell which is meant",
        _ when error is BpfErrno.EPERM or BpfErrno.EACCES or BpfErrno.EMFILE or BpfErrno.ENOMEM => null,
        _ when KernelFunctions.DescribeMissing(function, KernelFunctions.ReadNames()) is { } missing => missing,
        _ when KernelFunctions.IsBlacklisted(function) => $"The kernel does not let '{function}' be probed: it is on its blacklist (/sys/kernel/debug/kprobes/blacklist)",
        _ when offset != 0 => string.Create(CultureInfo.InvariantCulture, $"No instruction begins 0x{offset:x} bytes from the start of '{function}', or it cannot be probed"),
        BpfErrno.EINVAL => $"The kernel does not let '{function}' be probed: probes themselves may depend on it",
        _ => null,
    };

    /// <summary>Refuses what cannot be told the kernel.</summary>
    public static void Require(BpfProgram program, KprobeOptions options)
    {
        if (options is { Return: true, Offset: not 0 })
        {
            throw new ArgumentException("A function returns from wherever: Offset cannot be given beside Return.", nameof(options));
        }

        if (options.MaxActive is <= 0 || options is { MaxActive: not null, Return: false })
        {
            throw new ArgumentException("MaxActive is a number above 0, beside Return.", nameof(options));
        }

        ProbeAttacher.Require(program, options.Cookie, program.ExpectedAttachType == BpfAttachType.TraceUprobeMulti ? "AttachUprobeMulti" : "AttachKprobeMulti");
    }
}

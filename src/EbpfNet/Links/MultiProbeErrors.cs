using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>What went wrong with a program on many functions, and what to do about it.</summary>
internal static class MultiProbeErrors
{
    private const int MostShown = 5;

    /// <summary>Refuses a program that was not loaded for many functions.</summary>
    public static void Require(BpfProgram program, BpfAttachType many, BpfAttachType session, bool isReturn, string section)
    {
        if (program.Type != BpfProgramType.Kprobe || (program.ExpectedAttachType != many && program.ExpectedAttachType != session))
        {
            throw new ArgumentException($"{program} was not loaded for many functions at once: its section has to be '{section}', or its ExpectedAttachType {many.CName()}.", nameof(program));
        }

        if (isReturn && program.ExpectedAttachType == session)
        {
            throw new ArgumentException($"{program} was loaded for sessions, which see entry and return: Return cannot be asked for.", nameof(program));
        }
    }

    /// <summary>Refuses a process where the kernel would silently watch its first thread only.</summary>
    public static void RequireProcesses(BpfProgram program, string file, int? process)
    {
        if (process is not null && TracingProbes.UprobeMultiLinks.IsPresent && TracingProbes.UprobeMultiProcesses.IsMissing)
        {
            throw new BpfNotSupportedException(
                $"Attaching {program} to functions of '{file}' in one process", "links of this kernel to many functions see the first thread of a process only: use AttachUprobe for each, or ask for all processes", new Version(6, 10));
        }
    }

    public static BpfException Kernel(BpfProgram program, IReadOnlyList<string> functions, BpfErrno error)
    {
        string operation = $"attach {program} to {Describe(functions)}";
        return error switch
        {
            BpfErrno.EOPNOTSUPP => new BpfNotSupportedException(operation, "this kernel was built without CONFIG_FPROBE, which links to many functions need", new Version(5, 18)),
            BpfErrno.EINVAL when program.ExpectedAttachType == BpfAttachType.TraceKprobeSession && !TracingProbes.KprobeMultiLinks.IsMissing =>
                new BpfNotSupportedException(operation, "this kernel has no sessions of functions' entry and return", new Version(6, 10)),
            BpfErrno.EINVAL when TracingProbes.KprobeMultiLinks.IsMissing => new BpfNotSupportedException(operation, "this kernel has no links to many functions", new Version(5, 18)),
            _ => SyscallErrors.Create(error, BpfCommand.LinkCreate, operation, error is BpfErrno.ESRCH or BpfErrno.EINVAL or BpfErrno.ENOENT ? FindMissing(functions) : null),
        };
    }

    public static BpfException User(BpfProgram program, string path, IReadOnlyList<string> functions, int? process, BpfErrno error)
    {
        string operation = $"attach {program} to {Describe(functions)} of '{path}'";
        return error == BpfErrno.EINVAL && TracingProbes.UprobeMultiLinks.IsMissing ? new BpfNotSupportedException(operation, "this kernel has no links to many functions of a file", new Version(6, 6))
            : error == BpfErrno.EINVAL && program.ExpectedAttachType == BpfAttachType.TraceUprobeSession ? new BpfNotSupportedException(operation, "this kernel has no sessions of functions' entry and return", new Version(6, 13))
            : SyscallErrors.Create(error, BpfCommand.LinkCreate, operation, UprobeErrors.Explain(error, path, process));
    }

    public static BpfException Tracing(BpfProgram program, IReadOnlyList<string> functions, BpfErrno error)
    {
        string operation = $"attach {program} to {Describe(functions)}";
        return error is BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP
            ? new BpfNotSupportedException(operation, "this kernel has no trampolines for many functions at once on this processor: use a program of section kprobe.multi", new Version(7, 2))
            : SyscallErrors.Create(error, BpfCommand.LinkCreate, operation, error switch
            {
                BpfErrno.EINVAL or BpfErrno.ENOENT => "One of them cannot be traced so: the kernel keeps it from programs, a program that sleeps must not run there, or the program reads arguments that it does not have",
                BpfErrno.EBUSY => "One of them was replaced by a program, or is traced in another way that excludes this one",
                BpfErrno.E2BIG => "Those are more functions, or more programs on one of them, than the kernel allows",
                _ => null,
            });
    }

    public static BpfRelocationException NothingMatches(string pattern, string what, IEnumerable<string> names) => new(
        pattern,
        Glob.IsPattern(pattern) ? $"no function of {what} that can be watched is of this form"
            : NearestName.Find(pattern, names) is { } nearest ? $"{what} has no such function. `{pattern}`: did you mean `{nearest}`?"
            : $"{what} has no such function");

    private static string? FindMissing(IReadOnlyList<string> functions)
    {
        HashSet<string> names = [.. KernelFunctions.ReadNames()];
        return names.Count == 0 ? null
            : functions.FirstOrDefault(function => !names.Contains(function)) is { } missing ? KernelFunctions.DescribeMissing(missing, names)
            : "One of them cannot be watched: the file available_filter_functions of tracefs lists those that can";
    }

    private static string Describe(IReadOnlyList<string> functions) =>
        $"{string.Join(", ", functions.Take(MostShown).Select(function => $"'{function}'"))}{(functions.Count > MostShown ? $" and {functions.Count - MostShown} more functions" : "")}";
}

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What went wrong with a program on a perf event, and what to do about it.</summary>
internal static class PerfEventErrors
{
    private const string ParanoidFile = "/proc/sys/kernel/perf_event_paranoid";

    /// <summary>The event could not be had.</summary>
    public static BpfException Open(BpfProgram program, PerfEventHook hook, string target, string call, BpfErrno error, string? advice) =>
        SyscallErrors.Create(error, call, Doing(program, hook, target), advice ?? AdviseOnOpen(error));

    /// <summary>The program could not be put on the event.</summary>
    public static BpfException Attach(BpfProgram program, PerfEventHook hook, string target, BpfErrno error) => SyscallErrors.Create(
        error,
        PerfEventProbes.Links.IsMissing ? "ioctl(PERF_EVENT_IOC_SET_BPF)" : "BPF_LINK_CREATE",
        Doing(program, hook, target),
        error switch
        {
            BpfErrno.EEXIST => "The program is attached there already, and the kernel has it there once only: dispose that link first, or load the object once more",
            BpfErrno.E2BIG => "64 programs are attached there already, and the kernel has no room for more",
            BpfErrno.EACCES => "The program reads more of its context than this hook has",
            BpfErrno.EINVAL when program.ExpectedAttachType != default => $"The program was loaded as {Abi.BpfNames.CName(program.ExpectedAttachType)}, for links to many places at once: attach it so, or load it from another section",
            BpfErrno.EINVAL => "The program is of a type that does not go with this hook, or sleeps where it must not",
            _ => null,
        });

    public static string Doing(BpfProgram program, PerfEventHook hook, string target) => $"attach {program} to {PerfEventLink.Describe(hook, target)}";

    private static string? AdviseOnOpen(BpfErrno error) => error switch
    {
        BpfErrno.EACCES or BpfErrno.EPERM when !HasRight() =>
            $"It needs CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8), as kernel.perf_event_paranoid is {ReadParanoid()}: run it as root, or give the executable the capability with setcap",
        BpfErrno.ESRCH => "There is no such process",
        _ => null, // Lockdown and the like are explained in one place.
    };

    private static bool HasRight() => OwnCapabilities.Read() is not { } have || RequiredCapabilities.OfCall("perf_event_open").FindMissing(have, OwnCapabilities.AreSplit).Count == 0;

    private static string ReadParanoid()
    {
        try
        {
            return File.ReadAllText(ParanoidFile).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "set so";
        }
    }
}

namespace EbpfNet.Kernel;

/// <summary>The one place where an errno becomes an exception, with the likely cause.</summary>
internal static class SyscallErrors
{
    private const string LockdownFile = "/sys/kernel/security/lockdown";

    /// <param name="error">The kernel's answer.</param>
    /// <param name="call">The kernel's name of the request.</param>
    /// <param name="operation">What was being done, starting with a verb and naming the object.</param>
    /// <param name="advice">What the caller knows about this error here; it goes before the general advice.</param>
    /// <param name="kernelMessage">The kernel's own words, if it had any.</param>
    public static BpfException Create(BpfErrno error, string call, string operation, string? advice = null, string? kernelMessage = null) =>
        error == BpfErrno.ENOSYS && call.StartsWith("BPF_", StringComparison.Ordinal)
            ? new BpfNotSupportedException("the bpf() system call", "this kernel was built without it, or a seccomp filter (of a container, for example) hides it", new Version(3, 18))
            : new BpfSyscallException(operation, call, error, advice ?? Advise(error, call), kernelMessage);

    /// <summary>The same for a <c>bpf()</c> command.</summary>
    public static BpfException Create(BpfErrno error, BpfCommand command, string operation, string? advice = null) =>
        Create(error, command.ToCName(), operation, advice);

    private static string? Advise(BpfErrno error, string call) => error switch
    {
        BpfErrno.EPERM or BpfErrno.EACCES => AdviseOnPermission(RequiredCapabilities.OfCall(call)),
        BpfErrno.EMFILE => "This process has used up its file descriptors; raise the limit with 'ulimit -n' or dispose what is no longer needed",
        BpfErrno.ENOMEM => "The kernel is out of memory, or of what this control group may use",
        BpfErrno.EROFS => "The file system is mounted read-only",
        BpfErrno.ESTALE => "The object was removed meanwhile",
        _ => null,
    };

    /// <summary>Says which capability is missing, or what else refuses a thread that has them all.</summary>
    public static string AdviseOnPermission(RequiredCapabilities required)
    {
        if (OwnCapabilities.Read() is { } have && required.FindMissing(have, OwnCapabilities.AreSplit) is { Count: > 0 } missing)
        {
            return $"This process lacks {string.Join(" and ", missing)}: run it as root, or give the executable the capabilities with setcap";
        }

        return ReadLockdown() is { } mode
            ? $"The kernel is in lockdown mode '{mode}', which forbids programs that read kernel memory, or a security module refused the request"
            : "Kernel lockdown, a security module, a seccomp filter or a container's user namespace may have refused the request";
    }

    /// <summary>The lockdown mode, <c>integrity</c> or <c>confidentiality</c>; <see langword="null"/> for none, and where it is not told.</summary>
    public static string? ReadLockdown()
    {
        try
        {
            // The active mode stands in brackets: "none [integrity] confidentiality".
            string text = File.ReadAllText(LockdownFile);
            int start = text.IndexOf('[') + 1;
            int end = text.IndexOf(']');
            string? mode = start > 0 && end > start ? text[start..end] : null;
            return mode == "none" ? null : mode;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

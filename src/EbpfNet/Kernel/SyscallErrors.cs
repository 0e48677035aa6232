using System.Globalization;

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
        BpfErrno.EPERM or BpfErrno.EACCES => AdviseOnPermission(call),
        BpfErrno.EMFILE => "This process has used up its file descriptors; raise the limit with 'ulimit -n' or dispose what is no longer needed",
        BpfErrno.ENOMEM => "The kernel is out of memory, or of what this control group may use",
        BpfErrno.EROFS => "The file system is mounted read-only",
        BpfErrno.ESTALE => "The object was removed meanwhile",
        _ => null,
    };

    /// <summary>Says which capability is missing, or what else refuses a process that has them all.</summary>
    private static string AdviseOnPermission(string call)
    {
        ulong? capabilities = ReadEffectiveCapabilities();
        if (capabilities is { } have)
        {
            bool Has(int capability) => (have & (1UL << capability)) != 0;
            bool isAdministrator = Has(Capability.SysAdmin);
            var missing = new List<string>();
            if (IsForAdministrators(call))
            {
                missing.AddRange(isAdministrator ? [] : ["CAP_SYS_ADMIN"]);
            }
            else
            {
                missing.AddRange(isAdministrator || Has(Capability.Bpf) ? [] : ["CAP_BPF"]);
                missing.AddRange(isAdministrator || Has(Capability.NetAdmin) ? [] : ["CAP_NET_ADMIN"]);
            }

            if (missing.Count > 0)
            {
                return $"This process lacks {string.Join(" and ", missing)}: run it as root, or give the executable the capabilities with setcap";
            }
        }

        return ReadLockdown() is { } mode
            ? $"The kernel is in lockdown mode '{mode}', which forbids programs that read kernel memory, or a security module refused the request"
            : "A security module, a seccomp filter or a container's user namespace may have refused the request";
    }

    /// <summary>To see what others have in the kernel takes more than CAP_BPF.</summary>
    private static bool IsForAdministrators(string call) =>
        call.EndsWith("_GET_NEXT_ID", StringComparison.Ordinal) || call.EndsWith("_GET_FD_BY_ID", StringComparison.Ordinal);

    private static ulong? ReadEffectiveCapabilities()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/thread-self/status"))
            {
                if (line.StartsWith("CapEff:", StringComparison.Ordinal))
                {
                    return ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // Without /proc there is nothing to say about capabilities.
        }

        return null;
    }

    private static string? ReadLockdown()
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

    /// <summary>Bit numbers from <c>linux/capability.h</c>.</summary>
    private static class Capability
    {
        public const int NetAdmin = 12;
        public const int SysAdmin = 21;
        public const int Bpf = 39;
    }
}

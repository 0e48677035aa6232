using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>Where a load's BPF token comes from: the options, the environment, or the usual place if there is one to be had.</summary>
internal static class LoadToken
{
    /// <summary>The variable that libbpf reads, too.</summary>
    private const string Variable = "LIBBPF_BPF_TOKEN_PATH";

    private const string UsualPlace = "/sys/fs/bpf";

    /// <summary>The token to make every request with; <see langword="null"/> when none is asked for and none is to be had.</summary>
    /// <exception cref="BpfException">One was asked for and is not to be had.</exception>
    public static BpfHandle? Open(BpfLoadOptions options)
    {
        string? asked = options.TokenPath ?? Environment.GetEnvironmentVariable(Variable);
        if (asked is "")
        {
            return null;
        }

        if (asked is null)
        {
            return Directory.Exists(UsualPlace) ? TryOpen(UsualPlace) : null;
        }

        using BpfHandle folder = PathDescriptor.OpenFolder(asked, "the BPF file system");
        BpfErrno error = BpfTokens.TryCreate(folder, out BpfHandle? token);
        return token ?? throw SyscallErrors.Create(error, BpfCommand.TokenCreate, $"make a BPF token of '{asked}'", error switch
        {
            BpfErrno.EOPNOTSUPP => "This process is in the initial user namespace, where tokens mean nothing: capabilities do",
            BpfErrno.EPERM => "The BPF file system has to belong to this process's user namespace, in which it needs CAP_BPF",
            BpfErrno.ENOENT => "The BPF file system was mounted without delegating anything (delegate_cmds, delegate_maps, delegate_progs, delegate_attachs)",
            BpfErrno.EINVAL => "It is no BPF file system, or the kernel has no tokens, which came with Linux 6.9",
            _ => null,
        });
    }

    private static BpfHandle? TryOpen(string path)
    {
        try
        {
            using BpfHandle folder = PathDescriptor.OpenFolder(path, "the BPF file system");
            _ = BpfTokens.TryCreate(folder, out BpfHandle? token);
            return token;
        }
        catch (BpfException)
        {
            return null; // Nobody asked for it.
        }
    }
}

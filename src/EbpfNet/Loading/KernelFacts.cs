using System.Runtime.InteropServices;
using System.Text;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>What programs may ask about the kernel beside its configuration: <c>extern int LINUX_KERNEL_VERSION __kconfig</c>.</summary>
internal static class KernelFacts
{
    /// <summary>What all facts' names start with. One that is not known is 0 for who asks weakly.</summary>
    public const string Prefix = "LINUX_";

    /// <summary>The facts that are known, for messages.</summary>
    public const string Names = $"{Version}, {Cookies}, {Wrapper}";

    private const string Version = "LINUX_KERNEL_VERSION";
    private const string Cookies = "LINUX_HAS_BPF_COOKIE";
    private const string Wrapper = "LINUX_HAS_SYSCALL_WRAPPER";

    /// <summary>Whether system calls are handled by functions with a prefix that take <c>struct pt_regs</c> (Linux 4.17 on x64, 4.19 on arm64).</summary>
    public static readonly FeatureProbe SyscallWrapper = new(FindSyscallWrapper);

    /// <summary>The fact of a name; <see langword="null"/> when there is none.</summary>
    public static ulong? Find(string name) => name switch
    {
        Version => RunningKernel.VersionCode,
        Cookies => KernelProbes.AttachCookies.IsPresent ? 1u : 0,
        Wrapper => SyscallWrapper.IsPresent ? 1u : 0,
        _ => null,
    };

    private static FeatureAnswer FindSyscallWrapper()
    {
        string function = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "__arm64_sys_bpf" : "__x64_sys_bpf";
        if (KernelBtf.TryOpenRunning() is { } types)
        {
            var ids = new List<BtfTypeId>();
            types.Vmlinux.FindOwnIds(Encoding.UTF8.GetBytes(function), BtfKind.Function.ToSet(), ids);
            if (ids.Count > 0)
            {
                return FeatureAnswer.Yes;
            }
        }

        // Kernels without types have the names all the same, whether or not they show the addresses.
        return KernelSymbolSearch.FindInKernel([function]) switch
        {
            { IsEmpty: true } => FeatureAnswer.Inconclusive,
            { } symbols => symbols.Knows(function) ? FeatureAnswer.Yes : FeatureAnswer.No,
        };
    }
}

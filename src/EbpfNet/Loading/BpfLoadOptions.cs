using EbpfNet.Loading;

namespace EbpfNet;

/// <summary>How <see cref="BpfObject"/> loads an object. One instance may be used for many loads.</summary>
public sealed record BpfLoadOptions
{
    private readonly int _logBufferLimit = KernelLog.DefaultLimit;
    private readonly string? _kernelConfig;

    /// <summary>
    /// The folder, on a BPF file system, for maps that are pinned by name (<c>__uint(pinning, LIBBPF_PIN_BY_NAME)</c>) and have no path of their own;
    /// <c>/sys/fs/bpf</c> when not set. It is created when it does not exist and something is pinned there.
    /// </summary>
    /// <remarks>A map that is pinned there already, with the same definition, is used instead of a new one.</remarks>
    public string? PinDirectory { get; init; }

    /// <summary>
    /// The kernel's types that programs are adapted to (CO-RE); those of the running kernel when not set. Set it to types from a file where the kernel
    /// does not give its own (before Linux 5.4, or without <c>CONFIG_DEBUG_INFO_BTF</c>), or to <see cref="EbpfNet.KernelBtf.OpenRunning"/> to share one between many loads.
    /// </summary>
    /// <remarks>What programs attach to is always looked up in the running kernel.</remarks>
    public KernelBtf? KernelBtf { get; init; }

    /// <summary>
    /// Options of the kernel's configuration that programs ask for (<c>extern int CONFIG_HZ __kconfig</c>), as lines of the form <c>CONFIG_HZ=1000</c>: they add to the running
    /// kernel's configuration, and override it. That is read from <c>/boot/config-$(uname -r)</c> or <c>/proc/config.gz</c>, and only when a program asks for more than is given here.
    /// </summary>
    /// <exception cref="ArgumentException">A line is neither an option, nor a comment (<c># …</c>), nor empty.</exception>
    public string? KernelConfig
    {
        get => _kernelConfig;
        init => _kernelConfig = KernelConfigFile.RequireOptions(value, nameof(KernelConfig));
    }

    /// <summary>
    /// Maps that the object uses instead of making its own, by their names in C: what another object, or code, has made already. Each has to be of the definition's type, sizes,
    /// <c>max_entries</c>, flags and <c>map_extra</c>. It keeps its contents, is not pinned, and stays its owner's: the object has a descriptor of its own.
    /// </summary>
    public IReadOnlyDictionary<string, BpfMap> MapReplacements { get; init; } = new Dictionary<string, BpfMap>();

    /// <summary>
    /// Called with each program's final instructions just before the kernel is given them (<c>BPF_PROG_LOAD</c>), once for each program, whether the kernel then takes it or not. An exception
    /// thrown there ends the load.
    /// </summary>
    public BpfProgramInspector? OnLoadingProgram { get; init; }

    /// <summary>
    /// What the verifier logs about programs that it accepts; read it from <see cref="BpfProgram.VerifierLog"/>. By default nothing: a log costs
    /// time, and a program that is refused is tried again with one anyway.
    /// </summary>
    public BpfVerifierLogLevel VerifierLogLevel { get; init; }

    /// <summary>
    /// A BPF file system, by any folder of it, that a privileged process has mounted for this one's user namespace and that delegates rights to it: everything is loaded with its token
    /// (<c>BPF_TOKEN_CREATE</c>, Linux 6.9). When not set, the path is that of the environment variable <c>LIBBPF_BPF_TOKEN_PATH</c> or, where that is not set either,
    /// <c>/sys/fs/bpf</c>, which may as well give no token. An empty string turns tokens off.
    /// </summary>
    public string? TokenPath { get; init; }

    /// <summary>The largest buffer for the verifier's log in bytes; 16,777,215 when not set, which is what every kernel takes. It is only allocated as far as a log needs it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 128, or more than 1,073,741,823, which the kernel takes since Linux 5.2.</exception>
    public int LogBufferLimit
    {
        get => _logBufferLimit;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, KernelLog.MinimumSize);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, int.MaxValue / 2);
            _logBufferLimit = value;
        }
    }
}

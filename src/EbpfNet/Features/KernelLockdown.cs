namespace EbpfNet;

/// <summary>How far the kernel protects itself from those who administer it (<c>/sys/kernel/security/lockdown</c>).</summary>
public enum KernelLockdown
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Nothing may change it while it runs: programs do not write memory of processes (<c>bpf_probe_write_user</c>).</summary>
    Integrity = 1,

    /// <summary>Nor may its memory be read: programs do not trace (<c>bpf_probe_read_kernel</c>).</summary>
    Confidentiality = 2,
}

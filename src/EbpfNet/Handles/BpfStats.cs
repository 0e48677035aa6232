using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Has the kernel count how often every BPF program of the machine runs, and for how long, until it is disposed (<c>BPF_ENABLE_STATS</c>; Linux 5.8, CAP_SYS_ADMIN).
/// <see cref="BpfProgram.GetStats"/> tells the counts. Each run takes some 20 ns longer meanwhile.
/// </summary>
/// <remarks>
/// The kernel counts as long as anybody asks for it, or the sysctl <c>kernel.bpf_stats_enabled</c> is 1; the counts go on from where they were. A process that is killed asks no more.
/// </remarks>
public sealed class BpfStats : IDisposable
{
    private readonly BpfHandle _handle;

    private BpfStats(BpfHandle handle)
    {
        _handle = handle;
        handle.Owner = this;
    }

    /// <summary>Switches the counting on.</summary>
    /// <returns>Disposing it switches the counting off again, unless somebody else wants it, too.</returns>
    /// <exception cref="BpfNotSupportedException">The kernel is older than 5.8; the sysctl <c>kernel.bpf_stats_enabled</c> is its switch (Linux 5.1).</exception>
    /// <exception cref="BpfSyscallException">This process may not.</exception>
    public static unsafe BpfStats Enable()
    {
        var attribute = new EnableStatsAttribute(); // Of type BPF_STATS_RUN_TIME, which is 0 and the only one.
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.EnableStats, &attribute, out BpfHandle? handle);
        return handle is not null ? new BpfStats(handle)
            : error == BpfErrno.EINVAL ? throw new BpfNotSupportedException("Counting the runs of programs", "the kernel has no BPF_ENABLE_STATS; 'sysctl kernel.bpf_stats_enabled=1' is its switch", new Version(5, 8))
            : throw SyscallErrors.Create(error, BpfCommand.EnableStats, "count the runs of programs");
    }

    /// <summary>Switches the counting off again. Calling it again does nothing.</summary>
    public void Dispose() => _handle.Dispose();

    /// <inheritdoc/>
    public override string ToString() => "the counting of programs' runs";
}

using System.Globalization;

namespace EbpfNet;

/// <summary>What samples a program runs on.</summary>
/// <example><c>new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 99 }</c></example>
public sealed record PerfEventOptions
{
    /// <summary>Names what is counted.</summary>
    /// <param name="counter">The counter.</param>
    public PerfEventOptions(BpfPerfCounter counter) => Counter = counter;

    /// <summary>What is counted: <see cref="BpfPerfCounter.CpuClock"/>, <see cref="BpfPerfCounter.CpuCycles"/>, or any <c>type</c> and <c>config</c> of <c>struct perf_event_attr</c>.</summary>
    public BpfPerfCounter Counter { get; init; }

    /// <summary>The program runs whenever the counter has gone on by this number: of events, of nanoseconds for a clock (<c>sample_period</c>). Either this or <see cref="Frequency"/> is given.</summary>
    public ulong? Period { get; init; }

    /// <summary>The program runs about so many times a second on each CPU while something is counted (<c>sample_freq</c>); at most what <c>kernel.perf_event_max_sample_rate</c> says.</summary>
    public ulong? Frequency { get; init; }

    /// <summary>
    /// Only this process with all its threads, those of now and those that begin later, on whatever CPU they run; before Linux 5.13 also the processes that it starts. <see langword="null"/>, the default,
    /// for all that runs. Of <see cref="ProcessId"/>, <see cref="ThreadId"/> and <see cref="Cpus"/> one at most is given.
    /// </summary>
    public int? ProcessId { get; init; }

    /// <summary>Only this thread, by the kernel's number of it (<c>gettid</c>), on whatever CPU it runs; not the threads that it begins.</summary>
    public int? ThreadId { get; init; }

    /// <summary>Only these CPUs; <see langword="null"/>, the default, for all that run now.</summary>
    public IReadOnlyList<int>? Cpus { get; init; }

    /// <summary>Not while the kernel itself runs (<c>exclude_kernel</c>).</summary>
    public bool UserOnly { get; init; }

    /// <summary>Not while programs run (<c>exclude_user</c>).</summary>
    public bool KernelOnly { get; init; }

    /// <summary>The number that the program is told by <c>bpf_get_attach_cookie</c> (Linux 5.15); in threads of <see cref="ProcessId"/> that begin later the kernel tells it 0.</summary>
    public ulong? Cookie { get; init; }

    /// <summary>A counter as messages call it.</summary>
    internal static string Describe(BpfPerfCounter counter) => string.Create(CultureInfo.InvariantCulture, $"the perf event with type {counter.Type} and config {counter.Config}");
}

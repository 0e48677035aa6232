using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to samples.</summary>
public static class PerfEventLinkExtensions
{
    /// <summary>
    /// Has a program run each time a counter has gone on by a number, or so many times a second, on each CPU or in one process
    /// (<c>BPF_LINK_CREATE</c> with <c>BPF_PERF_EVENT</c>, Linux 5.15; else <c>PERF_EVENT_IOC_SET_BPF</c>, Linux 4.9).
    /// </summary>
    /// <remarks>There is a perf event for each CPU, and one link for all of them: it can be pinned where it is one event only.</remarks>
    /// <param name="program">The program, of type <c>perf_event</c>.</param>
    /// <param name="options">What is counted, how often, where.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <exception cref="ArgumentException">The program is of another type, or the options contradict one another.</exception>
    /// <exception cref="BpfSyscallException">The machine does not count that, there is no such CPU or process, or CAP_PERFMON is missing: the message says which, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">A cookie was given and the kernel has none.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static PerfEventLink AttachPerfEvent(this BpfProgram program, PerfEventOptions options)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(options);
        Require(program, options);
        string target = PerfEventOptions.Describe(options.Counter);
        var made = new List<PerfEventAttachment>();
        try
        {
            foreach (int cpu in options.ProcessId is null ? options.Cpus ?? OnlineCpus.Read() ?? [0] : [-1])
            {
                if (Attach(program, options, cpu, target) is { } attachment)
                {
                    made.Add(attachment);
                }
            }

            return made.Count > 0 ? new PerfEventLink(program, PerfEventHook.Sampling, target, options.Cookie ?? 0, [.. made])
                : throw PerfEventErrors.Open(program, PerfEventHook.Sampling, target, "perf_event_open", BpfErrno.ENODEV, "No CPU is running");
        }
        catch
        {
            made.ForEach(attachment => attachment.Dispose());
            throw;
        }
    }

    private static void Require(BpfProgram program, PerfEventOptions options)
    {
        if (program.Type != BpfProgramType.PerfEvent)
        {
            throw new ArgumentException($"Only programs of type perf_event can be attached to samples; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        if ((options.Period is > 0) == (options.Frequency is > 0))
        {
            throw new ArgumentException("Either Period or Frequency has to be given, above 0.", nameof(options));
        }

        if (options is { ProcessId: not null, Cpus: not null } || options.Cpus is { Count: 0 } || options is { UserOnly: true, KernelOnly: true })
        {
            throw new ArgumentException("Give either a process or CPUs, at least one of these, and not both UserOnly and KernelOnly.", nameof(options));
        }

        UprobeErrors.RequireProcess(options.ProcessId, nameof(options));
        PerfEventAttachment.RequireCookies(program, options.Cookie);
    }

    /// <returns><see langword="null"/> for a CPU that nobody asked for and that has stopped meanwhile.</returns>
    private static PerfEventAttachment? Attach(BpfProgram program, PerfEventOptions options, int cpu, string target)
    {
        var attribute = new PerfProbeAttribute
        {
            Type = options.Counter.Type,
            Config = options.Counter.Config,
            SamplePeriod = options.Frequency ?? options.Period ?? 0,
            Flags = (options.Frequency is null ? 0 : 1UL << TraceEvents.FrequencyFlag)
                | (options.UserOnly ? (1UL << TraceEvents.ExcludeKernelFlag) | (1UL << TraceEvents.ExcludeHypervisorFlag) : 0)
                | (options.KernelOnly ? 1UL << TraceEvents.ExcludeUserFlag : 0),
        };
        BpfErrno error = TraceEvents.Open(attribute, options.ProcessId ?? -1, cpu, out BpfHandle? perfEvent);
        if (perfEvent is null)
        {
            return error == BpfErrno.ENODEV && options.Cpus is null && options.ProcessId is null
                ? null
                : throw PerfEventErrors.Open(program, PerfEventHook.Sampling, target, "perf_event_open", error, Explain(error, cpu, options));
        }

        error = PerfEventAttachment.Attach(program, perfEvent, options.Cookie ?? 0, null, out PerfEventAttachment? attachment);
        return attachment ?? throw PerfEventErrors.Attach(program, PerfEventHook.Sampling, target, error);
    }

    private static string? Explain(BpfErrno error, int cpu, PerfEventOptions options) => error switch
    {
        BpfErrno.ENODEV or BpfErrno.EINVAL when cpu >= 0 && options.Cpus is not null && OnlineCpus.Read()?.Contains(cpu) == false =>
            string.Create(CultureInfo.InvariantCulture, $"CPU {cpu} is not there or not running"),
        BpfErrno.ENOENT or BpfErrno.EOPNOTSUPP or BpfErrno.ENODEV => "This machine does not count that; virtual machines often have no hardware counters",
        BpfErrno.EINVAL when options.Frequency is not null => "The frequency may be above kernel.perf_event_max_sample_rate",
        BpfErrno.ESRCH => string.Create(CultureInfo.InvariantCulture, $"There is no process {options.ProcessId}"),
        _ => null,
    };
}

using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to samples.</summary>
public static class PerfEventLinkExtensions
{
    /// <summary>
    /// Has a program run each time a counter has gone on by a number, or so many times a second, on each CPU or in one process or thread
    /// (<c>BPF_LINK_CREATE</c> with <c>BPF_PERF_EVENT</c>, Linux 5.15; else <c>PERF_EVENT_IOC_SET_BPF</c>, Linux 4.9).
    /// </summary>
    /// <remarks>There is a perf event for each CPU, or for each thread that the process has now, and one link for all of them: it can be pinned where it is one event only.</remarks>
    /// <param name="program">The program, of type <c>perf_event</c>.</param>
    /// <param name="options">What is counted, how often, where.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <exception cref="ArgumentException">The program is of another type, or the options contradict one another.</exception>
    /// <exception cref="BpfSyscallException">The machine does not count that, there is no such CPU, process or thread, or CAP_PERFMON is missing: the message says which, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">A cookie was given and the kernel has none.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static PerfEventLink AttachPerfEvent(this BpfProgram program, PerfEventOptions options)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(options);
        Require(program, options);
        string target = PerfEventOptions.Describe(options.Counter);
        List<PerfEventAttachment> made = options.ProcessId is { } process ? AttachToThreads(program, options, process, target)
            : AttachToEach(options.ThreadId is { } thread ? [new Place(thread, -1)] : (options.Cpus ?? OnlineCpus.Read() ?? [0]).Select(cpu => new Place(-1, cpu)), program, options, target);
        return made.Count > 0 ? new PerfEventLink(program, PerfEventHook.Sampling, target, options.Cookie ?? 0, [.. made])
            : throw PerfEventErrors.Open(
                program, PerfEventHook.Sampling, target, "perf_event_open", options.ProcessId is null ? BpfErrno.ENODEV : BpfErrno.ESRCH, options.ProcessId is null ? "No CPU is running" : Explain(BpfErrno.ESRCH, -1, options));
    }

    /// <summary>Threads that were there when all was done, and not when it began, have a sample of their creator's or none: then all is done again, as long as that helps.</summary>
    private static List<PerfEventAttachment> AttachToThreads(BpfProgram program, PerfEventOptions options, int process, string target)
    {
        const int Attempts = 5;
        for (int attempt = 1; ; attempt++)
        {
            int[] threads = ReadThreads(process);
            List<PerfEventAttachment> made = AttachToEach(threads.Select(thread => new Place(thread, -1)), program, options, target);
            if (attempt == Attempts || !ReadThreads(process).Except(threads).Any())
            {
                return made;
            }

            made.ForEach(attachment => attachment.Dispose());
        }
    }

    /// <returns>The process alone, for the kernel to refuse, if it is not there.</returns>
    private static int[] ReadThreads(int process)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")).Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [process];
        }
    }

    private static List<PerfEventAttachment> AttachToEach(IEnumerable<Place> places, BpfProgram program, PerfEventOptions options, string target)
    {
        var made = new List<PerfEventAttachment>();
        try
        {
            foreach (Place place in places)
            {
                if (Attach(program, options, place, target) is { } attachment)
                {
                    made.Add(attachment);
                }
            }

            return made;
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

        int places = (options.ProcessId is null ? 0 : 1) + (options.ThreadId is null ? 0 : 1) + (options.Cpus is null ? 0 : 1);
        if (places > 1 || options.Cpus is { Count: 0 } || options is { UserOnly: true, KernelOnly: true })
        {
            throw new ArgumentException("Give either a process, a thread or CPUs, at least one of these, and not both UserOnly and KernelOnly.", nameof(options));
        }

        UprobeErrors.RequireProcess(options.ProcessId, nameof(options));
        UprobeErrors.RequireProcess(options.ThreadId, nameof(options));
        PerfEventAttachment.RequireCookies(program, options.Cookie);
    }

    /// <returns><see langword="null"/> for a CPU or a thread that nobody asked for and that has stopped meanwhile.</returns>
    private static PerfEventAttachment? Attach(BpfProgram program, PerfEventOptions options, Place place, string target)
    {
        BpfErrno error = Open(options, place, out BpfHandle? perfEvent);
        if (perfEvent is null)
        {
            bool isGone = (error == BpfErrno.ENODEV && place.Cpu >= 0 && options.Cpus is null) || (error == BpfErrno.ESRCH && options.ProcessId is not null);
            return isGone ? null : throw PerfEventErrors.Open(program, PerfEventHook.Sampling, target, "perf_event_open", error, Explain(error, place.Cpu, options));
        }

        error = PerfEventAttachment.Attach(program, perfEvent, options.Cookie ?? 0, null, out PerfEventAttachment? attachment);
        return attachment ?? throw PerfEventErrors.Attach(program, PerfEventHook.Sampling, target, error);
    }

    private static BpfErrno Open(PerfEventOptions options, Place place, out BpfHandle? perfEvent)
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
        if (options.ProcessId is null)
        {
            return TraceEvents.Open(attribute, place.Thread, place.Cpu, out perfEvent);
        }

        attribute.Flags |= (1UL << TraceEvents.InheritFlag) | (1UL << TraceEvents.InheritThreadFlag);
        BpfErrno error = TraceEvents.Open(attribute, place.Thread, place.Cpu, out perfEvent);
        if (error != BpfErrno.EINVAL)
        {
            return error;
        }

        attribute.Flags &= ~(1UL << TraceEvents.InheritThreadFlag);
        return TraceEvents.Open(attribute, place.Thread, place.Cpu, out perfEvent);
    }

    private static string? Explain(BpfErrno error, int cpu, PerfEventOptions options) => error switch
    {
        BpfErrno.ENODEV or BpfErrno.EINVAL when cpu >= 0 && options.Cpus is not null && OnlineCpus.Read()?.Contains(cpu) == false =>
            string.Create(CultureInfo.InvariantCulture, $"CPU {cpu} is not there or not running"),
        BpfErrno.ENOENT or BpfErrno.EOPNOTSUPP or BpfErrno.ENODEV => "This machine does not count that; virtual machines often have no hardware counters",
        BpfErrno.EINVAL when options.Frequency is not null => "The frequency may be above kernel.perf_event_max_sample_rate",
        BpfErrno.ESRCH when options.ThreadId is { } thread => string.Create(CultureInfo.InvariantCulture, $"There is no thread {thread}"),
        BpfErrno.ESRCH => string.Create(CultureInfo.InvariantCulture, $"There is no process {options.ProcessId}"),
        _ => null,
    };

    /// <summary>A thread, or -1 for all, on a CPU, or -1 for any.</summary>
    private readonly record struct Place(int Thread, int Cpu);
}

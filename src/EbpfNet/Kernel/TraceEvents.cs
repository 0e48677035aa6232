using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The second version of <c>struct perf_event_attr</c> (Linux 2.6.33): tracepoints, probes and sampling.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PerfProbeAttribute
{
    public uint Type;
    public uint Size;
    public ulong Config;

    /// <summary>A union with <c>sample_freq</c>.</summary>
    public ulong SamplePeriod;
    public ulong SampleType;
    public ulong ReadFormat;

    /// <summary>C's bit fields, from <c>disabled</c> on. Not public, because they have no name that a test could compare.</summary>
    internal ulong Flags;
    public uint WakeupEvents;
    public uint BpType;

    /// <summary>A union with <c>kprobe_func</c> and <c>uprobe_path</c>.</summary>
    public ulong Config1;

    /// <summary>A union with <c>kprobe_addr</c> and <c>probe_offset</c>.</summary>
    public ulong Config2;
}

/// <summary>Perf events that BPF programs run on.</summary>
internal static unsafe class TraceEvents
{
    // From linux/perf_event.h.
    public const uint TracepointType = 2; // PERF_TYPE_TRACEPOINT
    public const int DisabledFlag = 0;
    public const int InheritFlag = 1;
    public const int ExcludeUserFlag = 4;
    public const int ExcludeKernelFlag = 5;
    public const int ExcludeHypervisorFlag = 6;
    public const int FrequencyFlag = 10;

    /// <summary>Only to threads, not to processes that it starts (Linux 5.13).</summary>
    public const int InheritThreadFlag = 35;

    private const uint SetProgramRequest = 0x40042408; // PERF_EVENT_IOC_SET_BPF

    /// <summary>The CPU that stands for all: programs on tracepoints and kernel probes run wherever those are hit.</summary>
    public static int AnyCpu => OnlineCpus.Read() is [int first, ..] ? first : 0;

    /// <summary>Opens an event, which does not count before <see cref="Enable"/>.</summary>
    /// <param name="attribute">What event; its size and <c>disabled</c> are filled in here.</param>
    /// <param name="process">The process, or -1 for all.</param>
    /// <param name="cpu">The CPU, or -1 for all, which takes a process.</param>
    /// <param name="perfEvent">The event.</param>
    public static BpfErrno Open(PerfProbeAttribute attribute, int process, int cpu, out BpfHandle? perfEvent)
    {
        attribute.Size = (uint)sizeof(PerfProbeAttribute);
        attribute.Flags |= 1UL << DisabledFlag;
        nint fd = EventCalls.PerfEventOpenProbe(KernelArchitecture.Current.PerfEventOpenSyscallNumber, &attribute, process, cpu, -1, PerfEvent.CloseOnExec);
        perfEvent = fd >= 0 ? new BpfHandle((int)fd) : null;
        return fd >= 0 ? BpfErrno.None : (BpfErrno)Marshal.GetLastPInvokeError();
    }

    /// <summary>Opens a tracepoint of tracefs's, or a probe that was defined there.</summary>
    public static BpfErrno OpenTracepoint(ulong id, int process, out BpfHandle? perfEvent) =>
        Open(new PerfProbeAttribute { Type = TracepointType, Config = id }, process, process < 0 ? AnyCpu : -1, out perfEvent);

    /// <summary>Has a program run on an event, as long as the event is open (before Linux 5.15).</summary>
    public static BpfErrno SetProgram(BpfHandle perfEvent, BpfHandle program)
    {
        using BpfHandle.Lease fd = program.Acquire();
        return Control(perfEvent, SetProgramRequest, fd.Fd);
    }

    public static BpfErrno Enable(BpfHandle perfEvent) => Control(perfEvent, PerfEvent.Enable, 0);

    private static BpfErrno Control(BpfHandle perfEvent, uint request, nint argument)
    {
        using BpfHandle.Lease fd = perfEvent.Acquire();
        return EventCalls.IoControl(fd.Fd, request, argument) < 0 ? (BpfErrno)Marshal.GetLastPInvokeError() : BpfErrno.None;
    }
}

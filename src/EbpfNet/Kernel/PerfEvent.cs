using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>The first version of <c>struct perf_event_attr</c>, which every kernel takes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PerfEventAttribute
{
    public uint Type;
    public uint Size;
    public ulong Config;
    public ulong SamplePeriod;
    public ulong SampleType;
    public ulong ReadFormat;

    /// <summary>C's bit fields, from <c>disabled</c> on. Not public, because they have no name that a test could compare.</summary>
    internal ulong Flags;

    /// <summary>A union with <c>wakeup_watermark</c>.</summary>
    public uint WakeupEvents;
    public uint BpType;
    public ulong Config1;
}

/// <summary>The perf events that BPF programs write to: one for each CPU, each with its own ring.</summary>
internal static unsafe class PerfEvent
{
    // From linux/perf_event.h.
    public const uint SoftwareType = 1; // PERF_TYPE_SOFTWARE
    public const ulong BpfOutput = 10; // PERF_COUNT_SW_BPF_OUTPUT
    public const ulong RawSample = 1 << 10; // PERF_SAMPLE_RAW
    public const int CloseOnExec = 8; // PERF_FLAG_FD_CLOEXEC
    public const int Watermark = 14;
    public const int WriteBackward = 27;
    public const uint Enable = 0x2400; // PERF_EVENT_IOC_ENABLE
    public const uint PauseOutput = 0x40042409; // PERF_EVENT_IOC_PAUSE_OUTPUT

    /// <summary>Opens a CPU's event.</summary>
    /// <returns>The event, or <see langword="null"/> when the CPU is not there or not running.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused for another reason.</exception>
    public static BpfHandle? Open(int cpu, uint wakeUp, bool isWatermark, bool writesBackward, string what)
    {
        var attribute = new PerfEventAttribute
        {
            Type = SoftwareType,
            Size = (uint)sizeof(PerfEventAttribute),
            Config = BpfOutput,
            SamplePeriod = 1,
            SampleType = RawSample,
            WakeupEvents = wakeUp,
            Flags = (isWatermark ? 1UL << Watermark : 0) | (writesBackward ? 1UL << WriteBackward : 0),
        };
        return Open(&attribute, cpu, what);
    }

    /// <summary>Opens a counter of a CPU, for all that runs there; it counts from now on.</summary>
    /// <returns>The event, or <see langword="null"/> when the CPU is not there or not running.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused for another reason.</exception>
    public static BpfHandle? OpenCounter(uint type, ulong config, int cpu, string what)
    {
        var attribute = new PerfEventAttribute { Type = type, Size = (uint)sizeof(PerfEventAttribute), Config = config };
        return Open(&attribute, cpu, what);
    }

    /// <summary>Begins to write to the ring.</summary>
    public static void Start(BpfHandle perfEvent, string what) => Control(perfEvent, Enable, 0, $"start the events for {what}");

    /// <summary>Stops writing to the ring for a while; what programs write meanwhile is lost.</summary>
    public static void Pause(BpfHandle perfEvent, bool paused, string what) => Control(perfEvent, PauseOutput, paused ? 1 : 0, $"pause the events for {what}");

    private static BpfHandle? Open(PerfEventAttribute* attribute, int cpu, string what)
    {
        nint fd = EventCalls.PerfEventOpen(KernelArchitecture.Current.PerfEventOpenSyscallNumber, attribute, -1, cpu, -1, CloseOnExec);
        if (fd >= 0)
        {
            return new BpfHandle((int)fd);
        }

        var error = (BpfErrno)Marshal.GetLastPInvokeError();
        return error == BpfErrno.ENODEV
            ? null
            : throw SyscallErrors.Create(error, "perf_event_open", $"open the event of CPU {cpu} for {what}", error switch
            {
                BpfErrno.EACCES or BpfErrno.EPERM => "It needs CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8), or a lower kernel.perf_event_paranoid",
                BpfErrno.ENOENT or BpfErrno.EOPNOTSUPP => "This machine does not count that; virtual machines often have no hardware counters",
                _ => null,
            });
    }

    private static void Control(BpfHandle perfEvent, uint request, nint argument, string operation)
    {
        using BpfHandle.Lease fd = perfEvent.Acquire();
        if (EventCalls.IoControl(fd.Fd, request, argument) < 0)
        {
            throw SyscallErrors.Create((BpfErrno)Marshal.GetLastPInvokeError(), "ioctl(PERF_EVENT_IOC)", operation);
        }
    }
}

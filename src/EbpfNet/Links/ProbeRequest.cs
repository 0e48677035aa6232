using System.Globalization;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A probe that is to be had from the kernel: as a perf event of its own (Linux 4.17), else by a definition in tracefs.</summary>
/// <param name="IsUser">In a program or library, or in the kernel.</param>
/// <param name="Where">The file, or the kernel's function.</param>
/// <param name="Offset">The place in the file, or the distance from the start of the function.</param>
/// <param name="Return">When the function returns.</param>
internal readonly record struct ProbeRequest(bool IsUser, string Where, ulong Offset, bool Return)
{
    /// <summary>The process, or -1 for all.</summary>
    public int Process { get; init; } = -1;

    /// <summary>The place in the file of a counter of those who watch, 0 for none.</summary>
    public ulong ReferenceCounter { get; init; }

    /// <summary>How many returns are waited for at a time, 0 for what the kernel chooses.</summary>
    public int MaxActive { get; init; }

    /// <summary>Whether the kernel, which has 32 bits for the place of a counter in perf events of their own, would take another.</summary>
    public bool IsCounterTooFar => ReferenceCounter > uint.MaxValue && FindEventType() is not null;

    private ProbeUnit Unit => IsUser ? ProbeUnit.User : ProbeUnit.Kernel;

    private FeatureProbe Events => IsUser ? PerfEventProbes.UserProbeEvents : PerfEventProbes.KernelProbeEvents;

    /// <summary>Has the probe made.</summary>
    /// <param name="perfEvent">Its event, not yet started.</param>
    /// <param name="definition">What tracefs has of it, if it went that way.</param>
    /// <param name="call">What was asked, for messages.</param>
    /// <exception cref="BpfNotSupportedException">This kernel has no such probes, or not what is wanted of them.</exception>
    public BpfErrno Open(out BpfHandle? perfEvent, out TraceProbe? definition, out string call)
    {
        definition = null;
        call = "perf_event_open";
        return FindEventType() is { } type ? OpenEvent(Unit, type, out perfEvent) : OpenDefinition(out perfEvent, out definition, out call);
    }

    /// <returns>The kind of perf event that the probe is; <see langword="null"/> where tracefs defines it.</returns>
    private uint? FindEventType() => MaxActive == 0 && !Events.IsMissing ? Unit.ReadType() : null;

    private unsafe BpfErrno OpenEvent(ProbeUnit unit, uint type, out BpfHandle? perfEvent)
    {
        ulong config = Return ? unit.ReadReturnBit() : 0;
        if (ReferenceCounter != 0)
        {
            int bit = unit.ReadReferenceCounterBit() ?? throw new BpfNotSupportedException("Raising a counter while somebody watches", "this kernel's probes take none", new Version(4, 20));
            config |= ReferenceCounter << bit;
        }

        fixed (byte* where = KernelObjects.ToPath(Where))
        {
            var attribute = new PerfProbeAttribute { Type = type, Config = config, Config1 = (ulong)where, Config2 = Offset };
            return TraceEvents.Open(attribute, Process, Process < 0 ? TraceEvents.AnyCpu : -1, out perfEvent);
        }
    }

    private BpfErrno OpenDefinition(out BpfHandle? perfEvent, out TraceProbe? definition, out string call)
    {
        (perfEvent, definition) = (null, null);
        string folder = TraceFileSystem.Find() ?? throw new BpfNotSupportedException("Defining a probe", TraceFileSystem.Advice);
        string file = $"{folder}/{(IsUser ? TraceProbeName.UserFile : TraceProbeName.KernelFile)}";
        call = $"write({Path.GetFileName(file)})";
        if (!File.Exists(file))
        {
            string option = IsUser ? "CONFIG_UPROBE_EVENTS" : "CONFIG_KPROBES and CONFIG_KPROBE_EVENTS";
            throw new BpfNotSupportedException(IsUser ? "A probe in a program or library" : "A probe on a kernel function", $"this kernel was built without {option}");
        }

        string kind = !Return ? "p" : MaxActive > 0 ? string.Create(CultureInfo.InvariantCulture, $"r{MaxActive}") : "r";
        using FileStream? stand = IsUser ? OpenStandIn() : null;
        BpfErrno error = TraceProbe.Define(folder, IsUser, kind, FormatPlace(stand), out definition);
        if (definition is null)
        {
            return error;
        }

        error = TraceEvents.OpenTracepoint(definition.Id, Process, out perfEvent);
        if (perfEvent is null)
        {
            definition.Dispose();
            definition = null;
        }

        return error;
    }

    /// <summary>tracefs takes words apart at blanks and what follows a colon for the offset: a file with such a name is given by a descriptor.</summary>
    private FileStream? OpenStandIn() => Where.AsSpan().IndexOfAny(" \t\n:") >= 0 ? File.OpenRead(Where) : null;

    private string FormatPlace(FileStream? stand)
    {
        if (!IsUser)
        {
            return KprobeTarget.Format(Where, Offset);
        }

        string path = stand is null ? Where : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{stand.SafeFileHandle.DangerousGetHandle()}");
        string counter = ReferenceCounter == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"(0x{ReferenceCounter:x})");
        return string.Create(CultureInfo.InvariantCulture, $"{path}:0x{Offset:x}{counter}");
    }
}

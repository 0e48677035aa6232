using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program on one perf event: held by a link (Linux 5.15), or by the event itself; the event may be one that tracefs defines.</summary>
internal sealed class PerfEventAttachment : IDisposable
{
    private readonly BpfHandle? _event;
    private readonly TraceProbe? _definition;

    private PerfEventAttachment(BpfHandle? perfEvent, BpfHandle? link, TraceProbe? definition) => (_event, Link, _definition) = (perfEvent, link, definition);

    /// <summary>The kernel link, or <see langword="null"/> where the event holds the program.</summary>
    public BpfHandle? Link { get; }

    /// <summary>The ids of the links of some attachments; of none that the event holds.</summary>
    public static IReadOnlyList<uint> ReadIds(IEnumerable<PerfEventAttachment> attachments)
    {
        var ids = new List<uint>();
        foreach (PerfEventAttachment attachment in attachments)
        {
            LinkInfoData info = default;
            if (attachment.Link is { } link && KernelObjects.TryGetInfo(link, ref info) == BpfErrno.None)
            {
                ids.Add(info.Id);
            }
        }

        return ids;
    }

    /// <summary>Why several attachments are not what one link is.</summary>
    public static string DescribeMany(IReadOnlyList<PerfEventAttachment> attachments, string each) =>
        attachments.All(attachment => attachment.Link is not null)
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"it is {attachments.Count} kernel links, one for each {each}: its Ids open them one by one, with BpfLink.OpenById")
            : "it is no kernel link: perf events hold it";

    /// <summary>Whether something stays in tracefs when the process is killed.</summary>
    public bool HasDefinition => _definition is not null;

    /// <summary>Attaches a program to an event and starts it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="perfEvent">The event; it is this method's from now on, also when it fails.</param>
    /// <param name="cookie">The number that the program is told, 0 for none.</param>
    /// <param name="definition">What tracefs has of the event; as the event.</param>
    /// <param name="attachment">The attachment.</param>
    public static BpfErrno Attach(BpfProgram program, BpfHandle perfEvent, ulong cookie, TraceProbe? definition, out PerfEventAttachment? attachment)
    {
        attachment = null;
        BpfHandle? link = null;
        bool done = false;
        try
        {
            BpfErrno error = PerfEventProbes.Links.IsMissing ? TraceEvents.SetProgram(perfEvent, program.Handle) : CreateLink(program, perfEvent, cookie, out link);
            if (error == BpfErrno.None)
            {
                error = TraceEvents.Enable(perfEvent);
            }

            if (error == BpfErrno.None)
            {
                attachment = new PerfEventAttachment(link is null ? perfEvent : null, link, definition);
                done = true;
            }

            return error;
        }
        finally
        {
            if (!done)
            {
                link?.Dispose();
            }

            if (!done || link is not null)
            {
                perfEvent.Dispose(); // The link holds it.
            }

            if (!done)
            {
                definition?.Dispose();
            }
        }
    }

    /// <summary>Refuses a cookie that nobody would tell the program.</summary>
    public static void RequireCookies(BpfProgram program, ulong? cookie)
    {
        if (cookie is not (null or 0) && PerfEventProbes.Links.IsMissing)
        {
            throw new BpfNotSupportedException($"Attaching {program} with a cookie", "this kernel has no links to perf events, which keep it", new Version(5, 15));
        }
    }

    public void Dispose()
    {
        Link?.Dispose();
        _event?.Dispose();
        _definition?.Dispose(); // Busy as long as the event is open.
    }

    private static BpfErrno CreateLink(BpfProgram program, BpfHandle perfEvent, ulong cookie, out BpfHandle? link)
    {
        using BpfHandle.Lease fd = perfEvent.Acquire();
        return KernelLinks.Create(program.Handle, new LinkCreateAttribute { TargetFd = fd.Fd, AttachType = BpfAttachType.PerfEvent, PerfEventCookie = cookie }, out link);
    }
}
